import { encodeTextArray, statement, type Tx } from '@purser/postgres'
import type { InvoiceKind, InvoiceLine, InvoiceTerms } from '../domain/invoice.ts'
import { fromRowLine, LINE_COLUMNS, LINE_FIELDS, type LineRow } from './invoice-line.ts'

/** A line with what it belongs to. */
export type BilledLine = Pick<
  InvoiceTerms,
  'subscriptionId' | 'accountId' | 'planKey' | 'planVersion' | 'currency'
> & { line: InvoiceLine; invoiceKind: InvoiceKind; invoicePeriodStart: Temporal.Instant }

type BilledLineRow = LineRow & {
  subscription_id: string
  account_id: string
  plan_key: string
  plan_version: number
  currency: string
  invoice_kind: InvoiceKind
  invoice_period_start: Temporal.Instant
}

// `offset 0` keeps each subquery a look-up by key; as plain joins they would be planned, while
// young tables have no statistics, as scans of everything that the tenant has.
const listBilledLinesStatement = statement(
  'invoicing.list_billed_lines',
  `select subscription_id, account_id, plan_key, plan_version, currency, invoice_kind,
     invoice_period_start, ${LINE_FIELDS}
   from unnest($2::text[]) as asked (id)
   cross join lateral (
     select subscription_id, account_id, plan_key, plan_version, currency, invoice_id, created_at,
       kind as invoice_kind, period_start as invoice_period_start
     from invoice
     where tenant_id = $1
       and subscription_id = asked.id
     offset 0
   ) as i
   cross join lateral (
     select ${LINE_COLUMNS}
     from invoice_line
     where tenant_id = $1
       and invoice_id = i.invoice_id
       and kind in ('usage', 'adjustment')
       and period_end <= $3::timestamptz
     offset 0
   ) as l
   order by subscription_id, period_start, price_key, watermark, created_at`,
)

/**
 * Every line of usage and adjustment for periods of the subscriptions that end at or before
 * `endsUntil`, drafts included. Lines of one subscription, period and price stand together, the
 * latest last.
 */
export async function listBilledLines(
  tx: Tx,
  tenantId: string,
  question: { subscriptionIds: readonly string[]; endsUntil: Temporal.Instant },
): Promise<BilledLine[]> {
  const rows = await tx.query<BilledLineRow>(listBilledLinesStatement, [
    tenantId,
    encodeTextArray(question.subscriptionIds),
    question.endsUntil,
  ])
  return rows.map((row) => ({
    subscriptionId: row.subscription_id,
    accountId: row.account_id,
    planKey: row.plan_key,
    planVersion: row.plan_version,
    currency: row.currency,
    invoiceKind: row.invoice_kind,
    invoicePeriodStart: row.invoice_period_start,
    line: fromRowLine(row),
  }))
}
