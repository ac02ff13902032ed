import { statement, type Tx } from '@purser/postgres'
import type { EventEnvelope, JsonObject } from './event.ts'

export type OutboxEvent = EventEnvelope & { seq: bigint }

type OutboxRow = {
  seq: bigint
  event_id: string
  tenant_id: string
  subject: string
  payload: JsonObject
  occurred_at: Temporal.Instant
}

const lockBatch = statement(
  'events.lock_outbox_batch',
  `select seq, event_id, tenant_id, subject, payload, occurred_at
   from outbox
   where subject = any($1::text[])
   order by seq
   limit $2
   for update skip locked`,
)

const deleteEvents = statement(
  'events.delete_events',
  `delete from outbox
   where seq = any($1::bigint[])`,
)

const deleteUnwanted = statement(
  'events.delete_unwanted_events',
  `delete from outbox
   where seq = any(array(
     select seq
     from outbox
     where subject <> all($1::text[])
     order by seq
     limit $2
     for update skip locked
   ))`,
)

/**
 * The oldest events of these subjects that no other relay holds, in the order of `seq`. Locks the rows
 * until the end of the transaction; a crash frees them at once.
 */
export async function lockOutboxBatch(
  tx: Tx,
  subjects: readonly string[],
  limit: number,
): Promise<OutboxEvent[]> {
  const rows = await tx.query<OutboxRow>(lockBatch, [subjects, limit])
  return rows.map(fromRowOutboxEvent)
}

/** Removes events that every subscriber has. Their rows are locked already. */
export async function deleteOutboxEvents(tx: Tx, seqs: readonly bigint[]): Promise<void> {
  await tx.execute(deleteEvents, [seqs])
}

/**
 * Removes up to `limit` events whose subject nobody listens to, without reading them, and says how
 * many. Locks the rows it removes and passes over locked ones.
 */
export async function deleteUnwantedEvents(
  tx: Tx,
  wantedSubjects: readonly string[],
  limit: number,
): Promise<number> {
  return await tx.execute(deleteUnwanted, [wantedSubjects, limit])
}

function fromRowOutboxEvent(row: OutboxRow): OutboxEvent {
  return {
    seq: row.seq,
    eventId: row.event_id,
    tenantId: row.tenant_id,
    subject: row.subject,
    payload: row.payload,
    occurredAt: row.occurred_at,
  }
}
