import { statement, type Tx } from '@purser/postgres'
import type { Meter } from '../domain/meter.ts'
import type { UsageWindow } from './usage-total.ts'
import { forEachMeterKind, valueParameters, valueSql } from './metered-value.ts'

/** Place of an event in the order (time, source, id). */
export type EventPosition = { time: Temporal.Instant; source: string; id: string }

/** A stored event. */
export type StoredEvent = EventPosition & {
  type: string
  subject: string
  quantity: string
  properties: Record<string, string>
}

/** A stored event as a meter sees it; the value is undefined when the event has none. */
export type MeteredEvent = EventPosition & { value: string | undefined; batch: bigint }

/** Functions of the schema once took properties that are no texts: those are told as the text that they are in JSON. */
const listEventsStatement = statement(
  'metering.list_events',
  `select source, event_id, type, subject, time, quantity,
     case
       when jsonb_path_exists(properties, 'strict $.* ? (@.type() <> "string")') then (
         select jsonb_object_agg(p.key, coalesce(p.value, 'null'))
         from jsonb_each_text(properties) as p
       )
       else properties
     end as properties
   from usage_event
   where tenant_id = $1
     and subject = $2
     and time >= $3::timestamptz
     and time < $4::timestamptz
     and (time, source, event_id) > ($5::timestamptz, $6::text, $7::text)
   order by time, source, event_id
   limit $8::bigint`,
)

/** Events of a window after a position, in order of (time, source, id). */
export async function listEvents(
  tx: Tx,
  tenantId: string,
  question: { window: UsageWindow; after: EventPosition; limit: number },
): Promise<StoredEvent[]> {
  const { window, after, limit } = question
  const rows = await tx.query<{
    source: string
    event_id: string
    type: string
    subject: string
    time: Temporal.Instant
    quantity: string
    properties: Record<string, string> | null
  }>(listEventsStatement, [
    tenantId,
    window.accountId,
    window.start,
    window.end,
    after.time,
    after.source,
    after.id,
    limit,
  ])
  return rows.map(({ event_id, properties, ...row }) => ({
    ...row,
    id: event_id,
    properties: properties ?? {},
  }))
}

const meteredEventsStatement = forEachMeterKind((aggregation, source) =>
  statement(
    `metering.metered_events_${aggregation}_${source}`,
    `select e.source, e.event_id, e.time, (${valueSql(source, '$11')})::text as value, e.batch
     from usage_event as e
     where e.tenant_id = $1
       and e.subject = $2
       and e.time >= $3::timestamptz
       and e.time < $4::timestamptz
       and e.type = $5
       and e.batch <= $6::bigint
       and (e.time, e.source, e.event_id) > ($7::timestamptz, $8::text, $9::text)
     order by e.time, e.source, e.event_id
     limit $10::bigint`,
  ),
)

/** Events that a meter reads in a window, up to a watermark, after a position. */
export async function listMeteredEvents(
  tx: Tx,
  tenantId: string,
  question: {
    meter: Meter
    window: UsageWindow
    watermark: bigint
    after: EventPosition
    limit: number
  },
): Promise<MeteredEvent[]> {
  const { meter, window, watermark, after, limit } = question
  const rows = await tx.query<{
    source: string
    event_id: string
    time: Temporal.Instant
    value: string | null
    batch: bigint
  }>(meteredEventsStatement(meter), [
    tenantId,
    window.accountId,
    window.start,
    window.end,
    meter.eventType,
    watermark,
    after.time,
    after.source,
    after.id,
    limit,
    ...valueParameters(meter),
  ])
  return rows.map(({ event_id, value, ...row }) => ({
    ...row,
    id: event_id,
    value: value ?? undefined,
  }))
}

/** Position before every event. */
export const BEGINNING: EventPosition = {
  time: Temporal.Instant.from('0001-01-01T00:00:00Z'),
  source: '',
  id: '',
}

/** Instant after every event. */
export const END_OF_TIME = Temporal.Instant.from('9999-12-31T23:59:59Z')
