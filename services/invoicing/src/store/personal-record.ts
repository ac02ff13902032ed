import { statement, type Tx } from '@purser/postgres'

const listPersonalInvoicesStatement = statement(
  'invoicing.list_personal_invoices',
  `select json_build_object(
     'invoice_id', i.invoice_id, 'number', i.number, 'status', i.status, 'account_id', i.account_id,
     'subscription_id', i.subscription_id, 'plan', i.plan_name, 'period_start', i.period_start,
     'period_end', i.period_end, 'currency', i.currency, 'subtotal_minor', i.subtotal_minor,
     'tax_minor', i.tax_minor, 'total_minor', i.total_minor, 'created_at', i.created_at,
     'lines', (
       select coalesce(json_agg(json_build_object(
         'line_number', l.line_number, 'description', l.description,
         'quantity', l.quantity::text, 'amount_minor', l.amount_minor
       ) order by l.line_number), '[]')
       from invoice_line as l
       where l.tenant_id = i.tenant_id
         and l.invoice_id = i.invoice_id
     )
   )::text as record
   from invoice as i
   where i.tenant_id = $1
     and i.account_id = any($2::text[])
     and i.kind in ('period', 'adjustment')
   order by i.account_id, i.invoice_id
   offset $3::bigint
   limit $4::bigint`,
)

/** Invoices of subscriptions of accounts with their lines, as JSON with plain names. Takes no lock. */
export async function listPersonalInvoices(
  tx: Tx,
  tenantId: string,
  { accountIds, offset, limit }: { accountIds: readonly string[]; offset: number; limit: number },
): Promise<string[]> {
  const values = [tenantId, accountIds, offset, limit]
  const rows = await tx.query<{ record: string }>(listPersonalInvoicesStatement, values)
  return rows.map(({ record }) => record)
}

const listRetainedBuyersStatement = statement(
  'invoicing.list_retained_buyers',
  `select json_build_object(
     'account_id', account_id, 'name', name, 'lines', lines, 'retained_at', retained_at,
     'retain_until', retain_until
   )::text as record
   from retained_buyer
   where tenant_id = $1
     and account_id = any($2::text[])
   order by account_id`,
)

/** Buyers of accounts that are kept for their invoices, as JSON with plain names. Takes no lock. */
export async function listRetainedBuyers(
  tx: Tx,
  tenantId: string,
  accountIds: readonly string[],
): Promise<string[]> {
  const values = [tenantId, accountIds]
  const rows = await tx.query<{ record: string }>(listRetainedBuyersStatement, values)
  return rows.map(({ record }) => record)
}
