import { encodeTextArray, statement, type Tx } from '@purser/postgres'
import type { InvoiceLine, InvoiceTerms } from '../domain/invoice.ts'
import { fromRowLine, LINE_COLUMNS, type LineRow } from './invoice-line.ts'

/** A line with what it belongs to. */
export type BilledLine = Pick<
  InvoiceTerms,
  'subscriptionId' | 'accountId' | 'planKey' | 'planVersion' | 'currency'
> & { line: InvoiceLine }

type BilledLineRow = LineRow & {
  subscription_id: string
  account_id: string
  plan_key: string
  plan_version: number
  currency: string
}

const listBilledLinesStatement = statement(
  'invoicing.list_billed_lines',
  `select i.subscription_id, i.account_id, i.plan_key, i.plan_version, i.currency, ${LINE_COLUMNS}
   from invoice as i
   join invoice_line as l
     on l.tenant_id = $1
     and l.invoice_id = i.invoice_id
   where i.tenant_id = $1
     and i.subscription_id = any($2::text[])
     and l.kind in ('usage', 'adjustment')
     and l.period_end <= $3::timestamptz
   order by i.subscription_id, l.period_start, l.price_key, l.watermark, i.created_at`,
)

/**
 * Every line of usage and adjustment for periods of the subscriptions that end at or before `endsUntil`, drafts
 * included. Lines of one subscription, period and price stand together, the latest
 * last.
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
    line: fromRowLine(row),
  }))
}
