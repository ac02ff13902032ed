import { randomUUIDv7 } from 'node:crypto'
import { encodeTextArray, encodeTimestamptzArray, statement, type Tx } from '@purser/postgres'
import type { EventEnvelope } from './event.ts'

/** An event before it has an id; hand in an `eventId` (UUIDv7) where a replay must give the same one. */
export type NewEvent = Omit<EventEnvelope, 'eventId'> & { eventId?: string }

const insertEvents = statement(
  'events.insert_events',
  `insert into outbox (event_id, tenant_id, subject, payload, occurred_at)
   select event_id::uuid, tenant_id, subject, payload::jsonb, occurred_at
   from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
     with ordinality as event(event_id, tenant_id, subject, payload, occurred_at, position)
   order by position`,
)

/**
 * Writes the events into the outbox of the transaction's schema, all with one statement: they leave if
 * and only if `tx` commits, in the order given. Row-level security refuses an event of another tenant
 * than the transaction's (unless it runs in the system scope).
 */
export async function publish(tx: Tx, events: readonly NewEvent[]): Promise<void> {
  if (events.length === 0) return
  await tx.execute(insertEvents, [
    encodeTextArray(events.map((event) => event.eventId ?? randomUUIDv7())),
    encodeTextArray(events.map((event) => event.tenantId)),
    encodeTextArray(events.map((event) => event.subject)),
    encodeTextArray(events.map((event) => JSON.stringify(event.payload))),
    encodeTimestamptzArray(events.map((event) => event.occurredAt)),
  ])
  tx.announce()
}
