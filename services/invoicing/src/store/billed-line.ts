import { encodeTextArray, statement, type Tx } from '@purser/postgres'
import type { InvoiceKind, InvoiceLine, InvoiceTerms } from '../domain/invoice.ts'
import { fromRowLine, LINE_COLUMNS, LINE_FIELDS, type LineRow } from './invoice-line.ts'

/** Where a line stands among those of its subscription: ids of invoices sort by time. */
export type BilledLinePosition = { subscriptionId: string; invoiceId: string; lineNumber: number }

/** A line with what it belongs to. */
export type BilledLine = Pick<
  InvoiceTerms,
  'subscriptionId' | 'accountId' | 'planKey' | 'planVersion' | 'currency'
> & {
  line: InvoiceLine
  invoiceKind: InvoiceKind
  invoicePeriodStart: Temporal.Instant
  position: BilledLinePosition
}

type BilledLineRow = LineRow & {
  subscription_id: string
  account_id: string
  plan_key: string
  plan_version: number
  currency: string
  invoice_id: string
  invoice_kind: InvoiceKind
  invoice_period_start: Temporal.Instant
}

// `offset 0` keeps each subquery a look-up by key; as plain joins they would be planned, while
// young tables have no statistics, as scans of everything that the tenant has. Subscriptions are
// walked in order, so that a page reads little more than it answers.
const listBilledLinesStatement = statement(
  'invoicing.list_billed_lines',
  `select asked.id as subscription_id, account_id, plan_key, plan_version, currency, invoice_id,
     invoice_kind, invoice_period_start, ${LINE_FIELDS}
   from (
     select id
     from unnest($2::text[]) as given (id)
     where id >= $4
     order by id
     offset 0
   ) as asked
   cross join lateral (
     select account_id, plan_key, plan_version, currency, invoice_id, kind as invoice_kind,
       period_start as invoice_period_start
     from invoice
     where tenant_id = $1
       and subscription_id = asked.id
       and (asked.id > $4 or invoice_id >= $5)
     offset 0
   ) as i
   cross join lateral (
     select ${LINE_COLUMNS}
     from invoice_line
     where tenant_id = $1
       and invoice_id = i.invoice_id
       and (asked.id > $4 or i.invoice_id > $5 or line_number > $6::bigint)
       and kind in ('usage', 'adjustment')
       and period_end <= $3::timestamptz
     offset 0
   ) as l
   order by asked.id, invoice_id, line_number
   limit $7::bigint`,
)

/**
 * The first lines after a position, of usage and adjustment for periods of the subscriptions that end
 * at or before `endsUntil`, drafts included: by subscription, then in the order in which their
 * invoices were made.
 */
export async function listBilledLines(
  tx: Tx,
  tenantId: string,
  question: {
    subscriptionIds: readonly string[]
    endsUntil: Temporal.Instant
    after: BilledLinePosition
    limit: number
  },
): Promise<BilledLine[]> {
  const { after } = question
  const rows = await tx.query<BilledLineRow>(listBilledLinesStatement, [
    tenantId,
    encodeTextArray(question.subscriptionIds),
    question.endsUntil,
    after.subscriptionId,
    after.invoiceId,
    after.lineNumber,
    question.limit,
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
    position: {
      subscriptionId: row.subscription_id,
      invoiceId: row.invoice_id,
      lineNumber: row.line_number,
    },
  }))
}
