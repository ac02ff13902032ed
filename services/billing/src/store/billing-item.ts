import {
  encodeInt8Array,
  encodeTextArray,
  encodeTimestamptzArray,
  statement,
  type Tx,
} from '@purser/postgres'
import type { BilledItem, BillingItem, FailedItem } from '../domain/billing-item.ts'

const addItemsStatement = statement(
  'billing.add_items',
  `insert into billing_item
     (tenant_id, run_id, kind, status, subscription_id, account_id, plan_key, plan_version,
      period_start, period_end, billable_days, period_days)
   select $1, $2, 'period', 'pending', item.*
   from unnest($3::text[], $4::text[], $5::text[], $6::int8[], $7::timestamptz[], $8::timestamptz[],
     $9::int8[], $10::int8[]) as item
   on conflict (tenant_id, subscription_id, period_start, kind) do nothing`,
)

/** Adds the periods that are not in the ledger yet. Callers add them in order of subscription. */
export async function addItems(
  tx: Tx,
  tenantId: string,
  runId: string,
  items: readonly BillingItem[],
): Promise<void> {
  await tx.execute(addItemsStatement, [
    tenantId,
    runId,
    encodeTextArray(items.map((item) => item.subscriptionId)),
    encodeTextArray(items.map((item) => item.accountId)),
    encodeTextArray(items.map((item) => item.planKey)),
    encodeInt8Array(items.map((item) => item.planVersion)),
    encodeTimestamptzArray(items.map((item) => item.period.start)),
    encodeTimestamptzArray(items.map((item) => item.period.end)),
    encodeInt8Array(items.map((item) => item.billableDays)),
    encodeInt8Array(items.map((item) => item.periodDays)),
  ])
}

const retryFailedStatement = statement(
  'billing.retry_failed_items',
  `update billing_item
   set status = 'pending', run_id = $2, failure_code = null, failure_message = null
   where tenant_id = $1
     and status = 'failed'
     and period_end > $3::timestamptz
     and period_end <= $4::timestamptz`,
)

/** Takes failed items whose period ends in (start, end] into this run. */
export async function retryFailedItems(
  tx: Tx,
  tenantId: string,
  runId: string,
  window: { start: Temporal.Instant; end: Temporal.Instant },
): Promise<void> {
  await tx.execute(retryFailedStatement, [tenantId, runId, window.start, window.end])
}

const claimItemsStatement = statement(
  'billing.claim_items',
  `select subscription_id, kind, account_id, plan_key, plan_version, period_start, period_end,
     billable_days, period_days
   from billing_item
   where tenant_id = $1
     and run_id = $2
     and (account_id, subscription_id) >= ($4, $5)
     and status = 'pending'
   order by account_id, subscription_id
   limit $3::bigint
   for update skip locked`,
)

/** A place in a run's canonical order, before which a worker does not look again. */
export type ItemPlace = { accountId: string; subscriptionId: string }

/** Before every item. */
export const firstPlace: ItemPlace = { accountId: '', subscriptionId: '' }

/**
 * Claims items from a place on that nobody holds, in canonical order; the row locks are the claim and end with
 * the transaction.
 */
export async function claimItems(
  tx: Tx,
  tenantId: string,
  claim: { runId: string; limit: number; from: ItemPlace },
): Promise<BillingItem[]> {
  const rows = await tx.query<{
    subscription_id: string
    kind: BillingItem['kind']
    account_id: string
    plan_key: string
    plan_version: number
    period_start: Temporal.Instant
    period_end: Temporal.Instant
    billable_days: number
    period_days: number
  }>(claimItemsStatement, [
    tenantId,
    claim.runId,
    claim.limit,
    claim.from.accountId,
    claim.from.subscriptionId,
  ])
  return rows.map((row) => ({
    subscriptionId: row.subscription_id,
    kind: row.kind,
    accountId: row.account_id,
    planKey: row.plan_key,
    planVersion: row.plan_version,
    period: { start: row.period_start, end: row.period_end },
    billableDays: row.billable_days,
    periodDays: row.period_days,
  }))
}

const settleItemsStatement = statement(
  'billing.settle_items',
  `update billing_item as i
   set status = 'billed', watermark = $2::bigint, event_count = done.event_count,
     adjustment_count = done.adjustment_count, has_invoice = done.has_invoice,
     currency = done.currency, amount_minor = done.amount_minor
   from unnest($3::text[], $4::timestamptz[], $5::text[], $6::int8[], $7::int8[], $8::boolean[],
     $9::text[], $10::int8[])
     as done (subscription_id, period_start, kind, event_count, adjustment_count, has_invoice,
       currency, amount_minor)
   where i.tenant_id = $1
     and i.subscription_id = done.subscription_id
     and i.period_start = done.period_start
     and i.kind = done.kind`,
)

/** Marks claimed items as billed at a watermark. The claim holds their rows, so all of them are pending. */
export async function settleItems(
  tx: Tx,
  tenantId: string,
  watermark: bigint,
  billed: readonly BilledItem[],
): Promise<void> {
  await tx.execute(settleItemsStatement, [
    tenantId,
    watermark,
    encodeTextArray(billed.map(({ item }) => item.subscriptionId)),
    encodeTimestamptzArray(billed.map(({ item }) => item.period.start)),
    encodeTextArray(billed.map(({ item }) => item.kind)),
    encodeInt8Array(billed.map((done) => done.eventCount)),
    encodeInt8Array(billed.map((done) => done.adjustmentCount)),
    billed.map((done) => done.hasInvoice),
    encodeTextArray(billed.map((done) => done.currency)),
    encodeInt8Array(billed.map((done) => done.amountMinor)),
  ])
}

const parkItemsStatement = statement(
  'billing.park_items',
  `update billing_item as i
   set status = 'failed', failure_code = failed.code, failure_message = failed.message
   from unnest($2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[])
     as failed (subscription_id, period_start, kind, code, message)
   where i.tenant_id = $1
     and i.subscription_id = failed.subscription_id
     and i.period_start = failed.period_start
     and i.kind = failed.kind`,
)

/** Parks claimed items that cannot be billed, so that their neighbours can. */
export async function parkItems(
  tx: Tx,
  tenantId: string,
  failed: readonly FailedItem[],
): Promise<void> {
  if (failed.length === 0) return
  await tx.execute(parkItemsStatement, [
    tenantId,
    failed.map(({ item }) => item.subscriptionId),
    failed.map(({ item }) => item.period.start),
    failed.map(({ item }) => item.kind),
    failed.map(({ code }) => code),
    failed.map(({ message }) => message),
  ])
}

const hasPendingStatement = statement(
  'billing.has_pending_items',
  `select exists (
     select 1
     from billing_item
     where tenant_id = $1
       and run_id = $2
       and status = 'pending'
   ) as pending`,
)

/** Whether some item of the run is not billed yet, held by somebody or not. */
export async function hasPendingItems(tx: Tx, tenantId: string, runId: string): Promise<boolean> {
  const [row] = await tx.query<{ pending: boolean }>(hasPendingStatement, [tenantId, runId])
  return row?.pending === true
}
