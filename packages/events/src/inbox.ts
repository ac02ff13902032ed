/**
 * States of an inbox row, one for each consumer and event:
 *
 *   (no row) --handled--> done
 *   (no row) --failed---> retrying --failed--> retrying | parked (the last attempt)
 *   retrying --handled--> done
 *   parked   --replayed-> retrying
 */
import { statement, type Tx } from '@purser/postgres'
import type { EventEnvelope, JsonObject } from './event.ts'

export type RetryPolicy = {
  /** Attempts before an event is parked, from 1. */
  maxAttempts: number
  /** The delay after the first failure; it doubles with each further one. */
  retryDelayMs: number
  /** No delay is longer. */
  maxRetryDelayMs: number
}

/** An event that a consumer failed to handle and will get again. */
export type DueEvent = { consumer: string; event: EventEnvelope }

type DueRow = {
  tenant_id: string
  consumer: string
  event_id: string
  subject: string
  payload: JsonObject
  occurred_at: Temporal.Instant
}

const insertDone = statement(
  'events.insert_done',
  `insert into inbox (tenant_id, consumer, event_id, state, subject, occurred_at)
   values ($1, $2, $3::uuid, 'done', $4, $5::timestamptz)
   on conflict (tenant_id, consumer, event_id) do nothing`,
)

const upsertFailure = statement(
  'events.upsert_failure',
  `insert into inbox as known
     (tenant_id, consumer, event_id, subject, occurred_at, payload, last_error,
      failed_attempts, state, retry_at)
   select $1, $2, $3::uuid, $4, $5::timestamptz, $6::jsonb, $7,
     1, verdict.state, case verdict.state when 'retrying' then now() + verdict.delay end
   from (
     select case when $8::integer <= 1 then 'parked' else 'retrying' end,
       least($9::float8, $10::float8) * interval '1 millisecond'
   ) as verdict(state, delay)
   on conflict (tenant_id, consumer, event_id) do update set
     failed_attempts = known.failed_attempts + 1,
     last_error = excluded.last_error,
     state = case when known.failed_attempts + 1 >= $8::integer then 'parked' else 'retrying' end,
     retry_at = case when known.failed_attempts + 1 < $8::integer
       then now() + least($9::float8 * 2 ^ least(known.failed_attempts, 60), $10::float8)
         * interval '1 millisecond' end,
     updated_at = now()
   where known.state = 'retrying'
   returning state`,
)

const selectDue = statement(
  'events.select_due',
  `select tenant_id, consumer, event_id, subject, payload, occurred_at
   from inbox
   where state = 'retrying' and retry_at <= now() and consumer = any($1::text[])
   order by retry_at
   limit $2`,
)

const claimDue = statement(
  'events.claim_due',
  `update inbox
   set state = 'done', payload = null, retry_at = null, updated_at = now()
   where (tenant_id, consumer, event_id) = (
     select tenant_id, consumer, event_id
     from inbox
     where tenant_id = $1 and consumer = $2 and event_id = $3::uuid
       and state = 'retrying' and retry_at <= now()
     for update skip locked
   )`,
)

/**
 * Records that the consumer has the event; false when it had it before (then its effect is there, or
 * the row is retried on its own). Waits for another transaction that is about to record the same.
 */
export async function insertDoneEvent(
  tx: Tx,
  consumer: string,
  event: EventEnvelope,
): Promise<boolean> {
  const { tenantId, eventId, subject, occurredAt } = event
  const inserted = await tx.execute(insertDone, [tenantId, consumer, eventId, subject, occurredAt])
  return inserted === 1
}

/**
 * Counts a failed attempt and says what follows; `done` when somebody handled the event meanwhile.
 * The database's clock dates the retry, so that all nodes agree on it. Locks the row.
 */
export async function recordFailedAttempt(
  tx: Tx,
  consumer: string,
  event: EventEnvelope,
  reason: string,
  policy: RetryPolicy,
): Promise<'retrying' | 'parked' | 'done'> {
  const [row] = await tx.query<{ state: 'retrying' | 'parked' }>(upsertFailure, [
    event.tenantId,
    consumer,
    event.eventId,
    event.subject,
    event.occurredAt,
    event.payload,
    reason,
    policy.maxAttempts,
    policy.retryDelayMs,
    policy.maxRetryDelayMs,
  ])
  return row?.state ?? 'done'
}

/** Events of these consumers whose next attempt is due, the longest waiting first. Locks nothing. */
export async function listDueEvents(
  tx: Tx,
  consumers: readonly string[],
  limit: number,
): Promise<DueEvent[]> {
  const rows = await tx.query<DueRow>(selectDue, [consumers, limit])
  return rows.map((row) => ({
    consumer: row.consumer,
    event: {
      eventId: row.event_id,
      tenantId: row.tenant_id,
      subject: row.subject,
      payload: row.payload,
      occurredAt: row.occurred_at,
    },
  }))
}

/**
 * Records that the consumer has an event that was due; false when another transaction works on it or
 * has changed it since it was listed. Locks the row, passes over a locked one.
 */
export async function claimDueEvent(
  tx: Tx,
  consumer: string,
  event: EventEnvelope,
): Promise<boolean> {
  return (await tx.execute(claimDue, [event.tenantId, consumer, event.eventId])) === 1
}
