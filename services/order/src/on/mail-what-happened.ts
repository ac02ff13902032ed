import type { EventEnvelope, JsonObject, Subscription } from '@purser/events'
import type { OrderContext } from '../context.ts'
import type { OrderMail } from '../jobs/tasks.ts'
import { objectOf, parcelOf, textOf } from './parcel-of.ts'

/** What is written to who bought, by the fact that it tells. */
const mails: Readonly<Record<string, (payload: JsonObject) => OrderMail | undefined>> = {
  'order.confirmed': () => ({ templateKey: 'order_confirmed' }),
  'order.refunded': ({ refunded }) => ({
    templateKey: 'order_refunded',
    amountMinor: textOf(objectOf(refunded), 'amount_cents'),
  }),
  'shipment.shipped': (payload) => ({
    templateKey: 'order_shipped',
    carrier: textOf(payload, 'carrier'),
    trackingNumber: textOf(payload, 'tracking_number'),
    lines: parcelOf(payload).lines,
  }),
  // What a carrier did not even take never left: people send it in another parcel, and nobody waits for this one.
  'shipment.failed': (payload) => {
    const { failureCode, carrier, trackingNumber, lines } = parcelOf(payload)
    if (failureCode !== 'lost') return undefined
    return { templateKey: 'order_parcel_failed', carrier, trackingNumber, lines }
  },
}

/** A job for each fact that who bought is told by mail; the event's id makes it one mail. */
export function mailWhatHappened({
  db,
  addJob,
}: Pick<OrderContext, 'db' | 'addJob'>): Subscription[] {
  return Object.entries(mails).map(([subject, mailOf]) => ({
    subject,
    consumer: `order.mail_${subject.replace('.', '_')}`,
    database: db,
    handle: async (tx, { eventId, tenantId: tenant, payload }: EventEnvelope) => {
      const orderId = textOf(payload, 'order_id')
      const mail = mailOf(payload)
      if (mail) await addJob(tx, 'mail', { tenant, orderId, mail, dedupId: eventId })
    },
  }))
}
