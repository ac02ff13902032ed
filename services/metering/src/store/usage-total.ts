import { encodeTextArray, encodeTimestamptzArray, statement, type Tx } from '@purser/postgres'
import type { Meter } from '../domain/meter.ts'
import { aggregateSql, forEachMeterKind, valueParameters, valueSql } from './metered-value.ts'

/** A time range of one account; `end` is exclusive. */
export type UsageWindow = { accountId: string; start: Temporal.Instant; end: Temporal.Instant }

/** Quantity of one window: its position in the request, an exact decimal, the events behind it. */
export type UsageTotal = { windowIndex: number; value: string; eventCount: bigint }

/**
 * Each window is a walk along the index (tenant, subject, time). The planner cannot know that while the table is new
 * and without statistics, and would read all of it for every question; so it is not given the choice.
 */
const walkIndexStatement = statement(
  'metering.walk_index',
  `select set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
     set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`,
)

const totalStatement = forEachMeterKind((aggregation, source) =>
  statement(
    `metering.total_${aggregation}_${source}`,
    `select window_index, ${aggregateSql[aggregation]} as value, count(*) as event_count
     from (
       select w.window_index, ${valueSql(source, '$7')} as value, e.time, e.source, e.event_id
       from unnest($2::text[], $3::timestamptz[], $4::timestamptz[])
         with ordinality as w (subject, window_start, window_end, window_index)
       join usage_event as e
         on e.tenant_id = $1
         and e.subject = w.subject
         and e.time >= w.window_start
         and e.time < w.window_end
       where e.type = $5
         and e.batch <= $6::bigint
     ) as metered
     group by window_index`,
  ),
)

/**
 * Aggregates one meter over many windows, from events of batches up to the watermark: the same question always
 * has the same answer. Windows without events are left out.
 */
export async function totalUsage(
  tx: Tx,
  tenantId: string,
  question: { meter: Meter; windows: readonly UsageWindow[]; watermark: bigint },
): Promise<UsageTotal[]> {
  const { meter, windows, watermark } = question
  await tx.query(walkIndexStatement)
  const rows = await tx.query<{ window_index: bigint; value: string; event_count: bigint }>(
    totalStatement(meter),
    [
      tenantId,
      encodeTextArray(windows.map((window) => window.accountId)),
      encodeTimestamptzArray(windows.map((window) => window.start)),
      encodeTimestamptzArray(windows.map((window) => window.end)),
      meter.eventType,
      watermark,
      ...valueParameters(meter),
    ],
  )
  return rows.map((row) => ({
    windowIndex: Number(row.window_index) - 1,
    value: row.value,
    eventCount: row.event_count,
  }))
}

const lateAccountsStatement = statement(
  'metering.late_accounts',
  `select distinct subject
   from usage_event
   where tenant_id = $1
     and batch > $2::bigint
     and batch <= $3::bigint
     and time < $4::timestamptz
     and subject > $5
   order by subject
   limit $6::bigint`,
)

/**
 * The first accounts after `afterAccountId`, in order, with events of batches in (after, until] that happened before an
 * instant.
 */
export async function listLateAccounts(
  tx: Tx,
  tenantId: string,
  range: { after: bigint; until: bigint; before: Temporal.Instant },
  page: { afterAccountId: string; limit: number },
): Promise<string[]> {
  const rows = await tx.query<{ subject: string }>(lateAccountsStatement, [
    tenantId,
    range.after,
    range.until,
    range.before,
    page.afterAccountId,
    page.limit,
  ])
  return rows.map((row) => row.subject)
}
