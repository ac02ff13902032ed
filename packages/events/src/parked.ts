import { type Database, statement } from '@purser/postgres'
import type { EventEnvelope, JsonObject } from './event.ts'

export type ParkedEvent = {
  consumer: string
  event: EventEnvelope
  failedAttempts: number
  /** Name and message of the last attempt's error. */
  lastError: string
}

type ParkedRow = {
  tenant_id: string
  consumer: string
  event_id: string
  subject: string
  payload: JsonObject
  occurred_at: Temporal.Instant
  failed_attempts: number
  last_error: string
}

/** Which parked events are meant; what is left out is not restricted. */
export type ParkedFilter = { consumer?: string; eventId?: string }

const selectParked = statement(
  'events.select_parked',
  `select tenant_id, consumer, event_id, subject, payload, occurred_at, failed_attempts, last_error
   from inbox
   where state = 'parked'
   order by updated_at, event_id
   limit $1`,
)

const unpark = statement(
  'events.unpark',
  `update inbox
   set state = 'retrying', failed_attempts = 0, retry_at = now(), updated_at = now()
   where state = 'parked'
     and tenant_id = $1
     and ($2::text is null or consumer = $2)
     and ($3::uuid is null or event_id = $3)`,
)

const deleteDone = statement(
  'events.delete_done',
  `delete from inbox
   where (tenant_id, consumer, event_id) in (
     select tenant_id, consumer, event_id
     from inbox
     where state = 'done' and updated_at < $1::timestamptz
     limit $2
     for update skip locked
   )`,
)

/** Events of any tenant that a consumer of this database gave up on, the oldest failure first. */
export async function listParked(database: Database, limit = 100): Promise<ParkedEvent[]> {
  const rows = await database.system((tx) => tx.query<ParkedRow>(selectParked, [limit]))
  return rows.map((row) => ({
    consumer: row.consumer,
    event: {
      eventId: row.event_id,
      tenantId: row.tenant_id,
      subject: row.subject,
      payload: row.payload,
      occurredAt: row.occurred_at,
    },
    failedAttempts: row.failed_attempts,
    lastError: row.last_error,
  }))
}

/**
 * Gives parked events of a tenant all their attempts again, the next one at once, and says how many.
 * An event that was handled already is never among them.
 */
export async function replayParked(
  database: Database,
  tenantId: string,
  { consumer, eventId }: ParkedFilter = {},
): Promise<number> {
  return await database.tx(tenantId, (tx) => tx.execute(unpark, [tenantId, consumer, eventId]))
}

/**
 * Forgets up to `limit` events handled before `before` and says how many. An event that is delivered
 * again after that would act again, so keep more than the longest time a publisher can be away.
 */
export async function pruneInbox(
  database: Database,
  before: Temporal.Instant,
  limit = 10_000,
): Promise<number> {
  return await database.system((tx) => tx.execute(deleteDone, [before, limit]))
}
