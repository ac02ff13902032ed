import { statement, type Tx } from '@purser/postgres'

/** What became of an event: it changed something, told nothing new, or waits for people. */
export type Disposition = 'applied' | 'nothing_new' | 'parked'

/** An event of a carrier as it is kept. */
export type TrackingEvent = {
  carrier: string
  eventId: string
  /** In the carrier's words. */
  status: string
  labelKey: string
  disposition: Disposition
  /** Why it is parked; else empty. */
  detail: string
  receivedAt: Temporal.Instant
}

const insertStatement = statement(
  'shipping.insert_tracking_event',
  `insert into tracking_event
     (tenant_id, carrier, event_id, status, label_key, disposition, detail, received_at)
   values ($1, $2, $3, $4, $5, $6, $7, $8::timestamptz)
   on conflict do nothing`,
)

/** Keeps an event; false when it was kept before. Waits for a transaction that keeps it to end. */
export async function insertTrackingEvent(
  tx: Tx,
  tenantId: string,
  event: TrackingEvent,
): Promise<boolean> {
  const { carrier, eventId, status, labelKey, disposition, detail, receivedAt } = event
  const values = [tenantId, carrier, eventId, status, labelKey, disposition, detail, receivedAt]
  return (await tx.execute(insertStatement, values)) === 1
}

const setDispositionStatement = statement(
  'shipping.set_disposition',
  `update tracking_event
   set disposition = $4, detail = $5
   where tenant_id = $1
     and carrier = $2
     and event_id = $3`,
)

/** Notes what became of an event. For rows of the same transaction. */
export async function setDisposition(
  tx: Tx,
  tenantId: string,
  { carrier, eventId, disposition, detail }: TrackingEvent,
): Promise<void> {
  await tx.execute(setDispositionStatement, [tenantId, carrier, eventId, disposition, detail])
}
