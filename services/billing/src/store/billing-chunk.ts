import {
  encodeInt8Array,
  encodeTextArray,
  encodeTimestamptzArray,
  statement,
  type Tx,
} from '@purser/postgres'
import type { BillingItem } from '../domain/billing-item.ts'
import { itemColumns } from './item-columns.ts'
import { withinSubscriptions } from './within-subscriptions.ts'

/** Items billed in one transaction: enough to bill in sets, few enough that several workers share a run. */
const CHUNK_SIZE = 1_000

/**
 * Stores the items that `source` selects for run $2 of tenant $1 as chunks, each in canonical order of
 * (account, subscription).
 */
const insertChunks = (source: string) =>
  `insert into billing_chunk (
     tenant_id, run_id, kind, item_count, subscription_ids, account_ids, plan_keys, plan_versions,
     period_starts, period_ends, billable_days, period_days)
   select $1, $2, i.kind, count(*), array_agg(i.subscription_id order by i.place),
     array_agg(i.account_id order by i.place), array_agg(i.plan_key order by i.place),
     array_agg(i.plan_version order by i.place), array_agg(i.period_start order by i.place),
     array_agg(i.period_end order by i.place), array_agg(i.billable_days order by i.place),
     array_agg(i.period_days order by i.place)
   from (
     select source.kind, ${itemColumns('source')}, row_number() over (
       partition by source.kind order by source.account_id, source.subscription_id, source.period_start
     ) as place
     from (${source}) as source
   ) as i
   group by i.kind, (i.place - 1) / ${CHUNK_SIZE}`

const addChunksStatement = statement(
  'billing.add_chunks',
  insertChunks(
    `select 'period' as kind, ${itemColumns('due')}
     from unnest($3::text[], $4::text[], $5::text[], $6::int8[], $7::timestamptz[],
       $8::timestamptz[], $9::int8[], $10::int8[])
       as due (${itemColumns()})
     where not exists (
       select 1
       from billing_item as done
       where done.tenant_id = $1
         and done.subscription_id ${withinSubscriptions('$3')}
         and done.subscription_id = due.subscription_id
         and done.period_start = due.period_start
         and done.kind = 'period'
     )`,
  ),
)

/** Adds the periods that are not in the ledger yet. The caller holds the run (`lockPlanning`). */
export async function addChunks(
  tx: Tx,
  tenantId: string,
  runId: string,
  items: readonly BillingItem[],
): Promise<void> {
  await tx.execute(addChunksStatement, [
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
  `with failed as (
     delete from billing_item
     where tenant_id = $1
       and status = 'failed'
       and period_end > $3::timestamptz
       and period_end <= $4::timestamptz
     returning kind, ${itemColumns()}
   )
   ${insertChunks(`select kind, ${itemColumns()} from failed`)}`,
)

/** Takes failed items whose period ends in (start, end] out of the ledger and into this run. */
export async function retryFailedItems(
  tx: Tx,
  tenantId: string,
  runId: string,
  window: { start: Temporal.Instant; end: Temporal.Instant },
): Promise<void> {
  await tx.execute(retryFailedStatement, [tenantId, runId, window.start, window.end])
}

const addAdjustmentsStatement = statement(
  'billing.add_adjustments',
  insertChunks(
    `select distinct on (done.subscription_id)
       'adjustment' as kind, done.subscription_id, done.account_id, done.plan_key, done.plan_version,
       $3::timestamptz as period_start, $4::timestamptz as period_end, 0 as billable_days,
       0 as period_days
     from late_account as late
     join billing_item as done
       on done.tenant_id = $1
       and done.account_id = late.account_id
       and done.kind = 'period'
       and done.status = 'billed'
       and done.period_end <= $3::timestamptz
     where late.tenant_id = $1
       and late.run_id = $2
       and not exists (
         select 1
         from billing_item as later
         where later.tenant_id = $1
           and later.subscription_id = done.subscription_id
           and (later.kind = 'period' and later.period_end > $3::timestamptz
             or later.kind = 'adjustment' and later.period_start = $3::timestamptz)
       )
       and not exists (
         select 1
         from billing_chunk as planned
         where planned.tenant_id = $1
           and planned.run_id = $2
           and done.subscription_id = any (planned.subscription_ids)
       )
     order by done.subscription_id, done.period_start desc`,
  ),
)

/**
 * Adds an item for each subscription with late usage that has no period after the window's begin, planned or in
 * the ledger.
 */
export async function addAdjustments(
  tx: Tx,
  tenantId: string,
  runId: string,
  window: { start: Temporal.Instant; end: Temporal.Instant },
): Promise<void> {
  await tx.execute(addAdjustmentsStatement, [tenantId, runId, window.start, window.end])
}

const claimChunkStatement = statement(
  'billing.claim_chunk',
  `with claimed as (
     select chunk_number, kind, subscription_ids, account_ids, plan_keys, plan_versions, period_starts,
       period_ends, billable_days, period_days
     from billing_chunk
     where tenant_id = $1
       and run_id = $2
     order by chunk_number
     limit 1
     for update skip locked
   )
   select c.chunk_number, c.kind, ${itemColumns('item')}
   from claimed as c
   cross join unnest(c.subscription_ids, c.account_ids, c.plan_keys, c.plan_versions, c.period_starts,
     c.period_ends, c.billable_days, c.period_days)
     as item (${itemColumns()})`,
)

/** Items claimed together. */
export type Chunk = { chunkNumber: bigint; items: BillingItem[] }

/** Claims a chunk that nobody holds; its row lock is the claim and ends with the transaction. */
export async function claimChunk(
  tx: Tx,
  tenantId: string,
  runId: string,
): Promise<Chunk | undefined> {
  const rows = await tx.query<{
    chunk_number: bigint
    subscription_id: string
    kind: BillingItem['kind']
    account_id: string
    plan_key: string
    plan_version: number
    period_start: Temporal.Instant
    period_end: Temporal.Instant
    billable_days: number
    period_days: number
  }>(claimChunkStatement, [tenantId, runId])
  const [first] = rows
  if (first === undefined) return undefined
  const items = rows.map((row) => ({
    subscriptionId: row.subscription_id,
    kind: row.kind,
    accountId: row.account_id,
    planKey: row.plan_key,
    planVersion: row.plan_version,
    period: { start: row.period_start, end: row.period_end },
    billableDays: row.billable_days,
    periodDays: row.period_days,
  }))
  return { chunkNumber: first.chunk_number, items }
}

const dropChunkStatement = statement(
  'billing.drop_chunk',
  `delete from billing_chunk
   where tenant_id = $1
     and run_id = $2
     and chunk_number = $3::bigint`,
)

/** Ends a claimed chunk: all of its items are in the ledger. */
export async function dropChunk(
  tx: Tx,
  tenantId: string,
  runId: string,
  { chunkNumber }: Chunk,
): Promise<void> {
  await tx.execute(dropChunkStatement, [tenantId, runId, chunkNumber])
}

const hasChunksStatement = statement(
  'billing.has_chunks',
  `select exists (
     select 1
     from billing_chunk
     where tenant_id = $1
       and run_id = $2
   ) as pending`,
)

/** Whether some item of the run is not billed yet, held by somebody or not. */
export async function hasChunks(tx: Tx, tenantId: string, runId: string): Promise<boolean> {
  const [row] = await tx.query<{ pending: boolean }>(hasChunksStatement, [tenantId, runId])
  return row?.pending === true
}
