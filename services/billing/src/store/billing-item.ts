import {
  encodeInt8Array,
  encodeTextArray,
  encodeTimestamptzArray,
  statement,
  type Tx,
} from '@purser/postgres'
import type { BilledItem, BillingItem, FailedItem } from '../domain/billing-item.ts'
import { itemColumns } from './item-columns.ts'

const addBilledStatement = statement(
  'billing.add_billed_items',
  `insert into billing_item (
     tenant_id, run_id, status, watermark, kind, ${itemColumns()},
     event_count, adjustment_count, has_invoice, currency, amount_minor)
   select $1, $2, 'billed', $3::bigint, done.*
   from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::int8[], $9::timestamptz[],
     $10::timestamptz[], $11::int8[], $12::int8[], $13::int8[], $14::int8[], $15::boolean[], $16::text[],
     $17::int8[]) as done
   on conflict (tenant_id, subscription_id, period_start, kind) do nothing`,
)

/**
 * Adds billed items to the ledger at a watermark, once: of an item that another run has billed, that one stays. The
 * caller holds the chunk of the items.
 */
export async function addBilledItems(
  tx: Tx,
  tenantId: string,
  { runId, watermark }: { runId: string; watermark: bigint },
  billed: readonly BilledItem[],
): Promise<void> {
  if (billed.length === 0) return
  await tx.execute(addBilledStatement, [
    tenantId,
    runId,
    watermark,
    ...encodeItems(billed),
    encodeInt8Array(billed.map((done) => done.eventCount)),
    encodeInt8Array(billed.map((done) => done.adjustmentCount)),
    billed.map((done) => done.hasInvoice),
    encodeTextArray(billed.map((done) => done.currency)),
    encodeInt8Array(billed.map((done) => done.amountMinor)),
  ])
}

const addFailedStatement = statement(
  'billing.add_failed_items',
  `insert into billing_item (
     tenant_id, run_id, status, kind, ${itemColumns()}, failure_code, failure_message)
   select $1, $2, 'failed', failed.*
   from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::int8[], $8::timestamptz[],
     $9::timestamptz[], $10::int8[], $11::int8[], $12::text[], $13::text[]) as failed
   on conflict (tenant_id, subscription_id, period_start, kind) do nothing`,
)

/** Adds items that cannot be billed, so that their neighbours can. */
export async function addFailedItems(
  tx: Tx,
  tenantId: string,
  runId: string,
  failed: readonly FailedItem[],
): Promise<void> {
  if (failed.length === 0) return
  await tx.execute(addFailedStatement, [
    tenantId,
    runId,
    ...encodeItems(failed),
    failed.map(({ code }) => code),
    failed.map(({ message }) => message),
  ])
}

/** One array for the kind and each of `itemColumns`. */
function encodeItems(items: readonly { item: BillingItem }[]): Buffer[] {
  const texts = (pick: (item: BillingItem) => string) =>
    encodeTextArray(items.map(({ item }) => pick(item)))
  const numbers = (pick: (item: BillingItem) => number) =>
    encodeInt8Array(items.map(({ item }) => pick(item)))
  const times = (pick: (item: BillingItem) => Temporal.Instant) =>
    encodeTimestamptzArray(items.map(({ item }) => pick(item)))
  return [
    texts((item) => item.kind),
    texts((item) => item.subscriptionId),
    texts((item) => item.accountId),
    texts((item) => item.planKey),
    numbers((item) => item.planVersion),
    times((item) => item.period.start),
    times((item) => item.period.end),
    numbers((item) => item.billableDays),
    numbers((item) => item.periodDays),
  ]
}
