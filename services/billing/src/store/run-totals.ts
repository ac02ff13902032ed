import type { Money } from '@purser/kernel'
import { statement, type Tx } from '@purser/postgres'
import type { FailedItem } from '../domain/billing-item.ts'

/** What a run has come to so far. */
export type RunTotals = {
  itemCount: bigint
  billedCount: bigint
  failedCount: bigint
  invoiceCount: bigint
  adjustmentCount: bigint
  eventCount: bigint
  /** Sums of the invoices, one a currency. */
  totals: Money[]
}

const runTotalsStatement = statement(
  'billing.run_totals',
  `select currency, count(*) as item_count,
     count(*) filter (where status = 'billed') as billed_count,
     count(*) filter (where status = 'failed') as failed_count,
     count(*) filter (where has_invoice) as invoice_count,
     coalesce(sum(adjustment_count), 0)::bigint as adjustment_count,
     coalesce(sum(event_count), 0)::bigint as event_count,
     coalesce(sum(amount_minor), 0)::bigint as amount_minor
   from billing_item
   where tenant_id = $1
     and run_id = $2
   group by currency
   union all
   select null, coalesce(sum(item_count), 0)::bigint, 0, 0, 0, 0, 0, 0
   from billing_chunk
   where tenant_id = $1
     and run_id = $2
   order by currency`,
)

/** Counts and sums over the items of a run: those in the ledger, and those that wait in chunks. */
export async function readRunTotals(tx: Tx, tenantId: string, runId: string): Promise<RunTotals> {
  const rows = await tx.query<{
    currency: string | null
    item_count: bigint
    billed_count: bigint
    failed_count: bigint
    invoice_count: bigint
    adjustment_count: bigint
    event_count: bigint
    amount_minor: bigint
  }>(runTotalsStatement, [tenantId, runId])
  const sum = (pick: (row: (typeof rows)[number]) => bigint) =>
    rows.reduce((total, row) => total + pick(row), 0n)
  return {
    itemCount: sum((row) => row.item_count),
    billedCount: sum((row) => row.billed_count),
    failedCount: sum((row) => row.failed_count),
    invoiceCount: sum((row) => row.invoice_count),
    adjustmentCount: sum((row) => row.adjustment_count),
    eventCount: sum((row) => row.event_count),
    totals: rows.flatMap((row) =>
      row.currency === null || row.invoice_count === 0n
        ? []
        : [{ currency: row.currency, amountMinor: row.amount_minor }],
    ),
  }
}

const listFailuresStatement = statement(
  'billing.list_failures',
  `select subscription_id, account_id, failure_code, failure_message
   from billing_item
   where tenant_id = $1
     and run_id = $2
     and status = 'failed'
   order by account_id, subscription_id
   limit $3::bigint`,
)

/** A failure as it is told. */
export type RunFailure = Pick<FailedItem, 'code' | 'message'> & {
  subscriptionId: string
  accountId: string
}

/** The first failures of a run. */
export async function listRunFailures(
  tx: Tx,
  tenantId: string,
  runId: string,
  limit: number,
): Promise<RunFailure[]> {
  const rows = await tx.query<{
    subscription_id: string
    account_id: string
    failure_code: string
    failure_message: string
  }>(listFailuresStatement, [tenantId, runId, limit])
  return rows.map((row) => ({
    subscriptionId: row.subscription_id,
    accountId: row.account_id,
    code: row.failure_code,
    message: row.failure_message,
  }))
}
