import { statement, type Tx } from '@purser/postgres'
import type { Party } from '../domain/party.ts'

const findRetainedBuyerStatement = statement(
  'invoicing.find_retained_buyer',
  `select name, lines, retain_until
   from retained_buyer
   where tenant_id = $1
     and account_id = $2`,
)

/** The buyer of an account whose data was erased elsewhere, as printed. Takes no lock. */
export async function findRetainedBuyer(
  tx: Tx,
  tenantId: string,
  accountId: string,
): Promise<{ buyer: Party; retainUntil: Temporal.Instant } | undefined> {
  const [row] = await tx.query<Party & { retain_until: Temporal.Instant }>(
    findRetainedBuyerStatement,
    [tenantId, accountId],
  )
  return row && { buyer: { name: row.name, lines: row.lines }, retainUntil: row.retain_until }
}

const retainBuyerStatement = statement(
  'invoicing.retain_buyer',
  `insert into retained_buyer as known (
     tenant_id, account_id, name, lines, retained_at, retain_until
   )
   values ($1, $2, $3, $4::text[], $5::timestamptz, $6::timestamptz)
   on conflict (tenant_id, account_id) do update
   set retain_until = excluded.retain_until`,
)

/** Keeps a buyer until a time; one that is kept already stays as it is, until then. Locks its row. */
export async function retainBuyer(
  tx: Tx,
  tenantId: string,
  kept: {
    accountId: string
    buyer: Party
    retainedAt: Temporal.Instant
    retainUntil: Temporal.Instant
  },
): Promise<void> {
  const { accountId, buyer, retainedAt, retainUntil } = kept
  const values = [tenantId, accountId, buyer.name, buyer.lines, retainedAt, retainUntil]
  await tx.execute(retainBuyerStatement, values)
}

const forgetBuyerStatement = statement(
  'invoicing.forget_buyer',
  `delete from retained_buyer
   where tenant_id = $1
     and account_id = $2`,
)

/** Removes a kept buyer, if there is one. Locks its row. */
export async function forgetBuyer(tx: Tx, tenantId: string, accountId: string): Promise<void> {
  await tx.execute(forgetBuyerStatement, [tenantId, accountId])
}

const countInvoicesStatement = statement(
  'invoicing.count_invoices_of_account',
  `select count(*) as total, max(created_at) as last_at
   from invoice
   where tenant_id = $1
     and account_id = $2`,
)

/** How many invoices an account has, and when the last one was made. Takes no lock. */
export async function countInvoices(
  tx: Tx,
  tenantId: string,
  accountId: string,
): Promise<{ count: bigint; lastAt: Temporal.Instant | undefined }> {
  const [row] = await tx.query<{ total: bigint; last_at: Temporal.Instant | null }>(
    countInvoicesStatement,
    [tenantId, accountId],
  )
  return { count: row?.total ?? 0n, lastAt: row?.last_at ?? undefined }
}
