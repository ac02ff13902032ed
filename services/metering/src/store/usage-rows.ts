import { statement, type Tx } from '@purser/postgres'
import type { Meter } from '../domain/meter.ts'
import { aggregateSql, forEachMeterKind, valueParameters, valueSql } from './metered-value.ts'

/** Most groups of one question. */
const MAX_GROUPS = 5

/** A question about usage over [start, end), in groups and windows. */
export type UsageQuestion = {
  meter: Meter
  start: Temporal.Instant
  end: Temporal.Instant
  accountId: string | undefined
  /** Feature whose limits admitted the units; undefined for events of any, and of none. */
  featureKey: string | undefined
  /** `account_id`, `feature_key` or dimensions; at most five. */
  groupBy: readonly string[]
  window: 'hour' | 'day' | 'month' | undefined
  timeZone: string
  limit: number
}

/** One answer: `group` holds a value for each name of `groupBy`, empty when the event has none. */
export type UsageRow = {
  windowStart: Temporal.Instant
  group: Record<string, string>
  value: string
  eventCount: bigint
}

const groupSql = (position: number) => `
  case $${position}::text
    when '' then ''
    when 'account_id' then e.subject
    when 'feature_key' then coalesce(e.feature_key, '')
    else coalesce(e.properties ->> $${position}::text, '')
  end`

const usageStatement = forEachMeterKind((aggregation, source) =>
  statement(
    `metering.usage_${aggregation}_${source}`,
    `select window_start, g1, g2, g3, g4, g5,
       ${aggregateSql[aggregation]} as value, count(*) as event_count
     from (
       select
         case $6::text
           when '' then $3::timestamptz
           else date_trunc($6::text, e.time, $7::text)
         end as window_start,
         ${[8, 9, 10, 11, 12].map((position, index) => `${groupSql(position)} as g${index + 1}`).join(',')},
         ${valueSql(source, '$15')} as value, e.time, e.source, e.event_id
       from usage_event as e
       where e.tenant_id = $1
         and e.type = $2
         and e.time >= $3::timestamptz
         and e.time < $4::timestamptz
         and ($5::text = '' or e.subject = $5::text)
         and ($14::text = '' or e.feature_key = $14::text)
     ) as metered
     group by window_start, g1, g2, g3, g4, g5
     order by window_start, value desc, g1, g2, g3, g4, g5
     limit $13::bigint`,
  ),
)

/** Usage by window, then by value, greatest first. Reads what is committed now. */
export async function listUsage(
  tx: Tx,
  tenantId: string,
  question: UsageQuestion,
): Promise<UsageRow[]> {
  const groups = Array.from({ length: MAX_GROUPS }, (_, index) => question.groupBy[index] ?? '')
  const rows = await tx.query<
    Record<`g${1 | 2 | 3 | 4 | 5}`, string> & {
      window_start: Temporal.Instant
      value: string
      event_count: bigint
    }
  >(usageStatement(question.meter), [
    tenantId,
    question.meter.eventType,
    question.start,
    question.end,
    question.accountId ?? '',
    question.window ?? '',
    question.timeZone,
    ...groups,
    question.limit,
    question.featureKey ?? '',
    ...valueParameters(question.meter),
  ])
  return rows.map((row) => {
    const values = [row.g1, row.g2, row.g3, row.g4, row.g5]
    const group = Object.fromEntries(
      question.groupBy.map((name, index) => [name, values[index] ?? '']),
    )
    return { windowStart: row.window_start, group, value: row.value, eventCount: row.event_count }
  })
}
