import { statement, type Tx } from '@purser/postgres'

/** Finalized invoices of one currency. */
export type InvoiceSummary = {
  currency: string
  invoiceCount: bigint
  lineCount: bigint
  totalMinor: bigint
}

/**
 * Which invoices are summed up: those whose period ends in (endsAfter, endsUntil], and those of orders
 * that were issued then; undefined does not narrow.
 */
export type SummaryFilter = {
  endsAfter: Temporal.Instant | undefined
  endsUntil: Temporal.Instant | undefined
  runId: string | undefined
}

// Two statements, so that a run is always found by its index.
const ofRun = summaryStatement('invoicing.summarize_run', 'run_id = $4')
const ofTenant = summaryStatement('invoicing.summarize', '$4::text is null')

function summaryStatement(name: string, condition: string) {
  return statement(
    name,
    `select currency, count(*) as invoice_count, sum(line_count) as line_count,
       sum(total_minor)::bigint as total_minor
     from invoice
     where tenant_id = $1
       and ${condition}
       and (period_end > $2::timestamptz and period_end <= $3::timestamptz
         or period_end is null and finalized_at > $2::timestamptz
           and finalized_at <= $3::timestamptz)
       and status = 'finalized'
     group by currency
     order by currency`,
  )
}

/** Counts and sums finalized invoices, a row a currency. */
export async function summarizeInvoices(
  tx: Tx,
  tenantId: string,
  { endsAfter, endsUntil, runId }: SummaryFilter,
): Promise<InvoiceSummary[]> {
  const rows = await tx.query<{
    currency: string
    invoice_count: bigint
    line_count: bigint
    total_minor: bigint
  }>(runId === undefined ? ofTenant : ofRun, [
    tenantId,
    endsAfter ?? '-infinity',
    endsUntil ?? 'infinity',
    runId,
  ])
  return rows.map((row) => ({
    currency: row.currency,
    invoiceCount: row.invoice_count,
    lineCount: row.line_count,
    totalMinor: row.total_minor,
  }))
}
