import { statement, type Tx } from '@purser/postgres'

/** What became of an event: it changed something, told nothing new, or waits for people. */
export type Disposition = 'applied' | 'nothing_new' | 'parked'

/** An event of a provider as it is kept. */
export type WebhookEvent = {
  provider: string
  eventId: string
  eventType: string
  /** Key of the charge or refund; empty for other events. */
  subjectKey: string
  disposition: Disposition
  /** Why it is parked; else empty. */
  detail: string
  receivedAt: Temporal.Instant
}

const insertEventStatement = statement(
  'payment.insert_webhook_event',
  `insert into webhook_event
     (tenant_id, provider, event_id, event_type, subject_key, disposition, detail, received_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8::timestamptz)
   on conflict do nothing`,
)

/** Keeps an event; false when it was kept before. Waits for a transaction that keeps it to end. */
export async function insertWebhookEvent(
  tx: Tx,
  tenantId: string,
  event: WebhookEvent,
): Promise<boolean> {
  const inserted = await tx.execute(insertEventStatement, [
    tenantId,
    event.provider,
    event.eventId,
    event.eventType,
    event.subjectKey,
    event.disposition,
    event.detail,
    event.receivedAt,
  ])
  return inserted === 1
}

const setDispositionStatement = statement(
  'payment.set_disposition',
  `update webhook_event
   set disposition = $4, detail = $5
   where tenant_id = $1
     and provider = $2
     and event_id = $3`,
)

/** Notes what became of an event. For rows of the same transaction. */
export async function setDisposition(
  tx: Tx,
  tenantId: string,
  { provider, eventId, disposition, detail }: WebhookEvent,
): Promise<void> {
  await tx.execute(setDispositionStatement, [tenantId, provider, eventId, disposition, detail])
}

const listParkedStatement = statement(
  'payment.list_parked_webhooks',
  `select event_id, event_type, subject_key, detail
   from webhook_event
   where tenant_id = $1
     and provider = $2
     and disposition = 'parked'
     and event_id > $3
     and ($4::timestamptz is null or received_at >= $4)
     and ($5::timestamptz is null or received_at < $5)
   order by event_id
   limit $6::bigint`,
)

/** Parked events of a provider after an id, in the order of ids. Takes no lock. */
export async function listParkedEvents(
  tx: Tx,
  tenantId: string,
  question: {
    provider: string
    afterId: string
    from: Temporal.Instant | undefined
    before: Temporal.Instant | undefined
    limit: number
  },
): Promise<Pick<WebhookEvent, 'eventId' | 'eventType' | 'subjectKey' | 'detail'>[]> {
  const { provider, afterId, from, before, limit } = question
  const rows = await tx.query<{
    event_id: string
    event_type: string
    subject_key: string
    detail: string
  }>(listParkedStatement, [tenantId, provider, afterId, from, before, limit])
  return rows.map((row) => ({
    eventId: row.event_id,
    eventType: row.event_type,
    subjectKey: row.subject_key,
    detail: row.detail,
  }))
}
