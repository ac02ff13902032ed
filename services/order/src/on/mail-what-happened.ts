import type { EventEnvelope, JsonObject, Subscription } from '@purser/events'
import { assert } from '@purser/kernel'
import type { OrderContext } from '../context.ts'
import type { OrderMail } from '../jobs/tasks.ts'

/** What is written to who bought, by the fact that it tells. */
const mails: Readonly<Record<string, (payload: JsonObject) => OrderMail>> = {
  'order.confirmed': () => ({ templateKey: 'order_confirmed' }),
  'order.refunded': ({ refunded }) => ({
    templateKey: 'order_refunded',
    amountMinor: textOf(objectOf(refunded), 'amount_cents'),
  }),
  'shipment.shipped': (payload) => ({
    templateKey: 'order_shipped',
    carrier: textOf(payload, 'carrier'),
    trackingNumber: textOf(payload, 'tracking_number'),
    lines: linesOf(payload['lines']),
  }),
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
      await addJob(tx, 'mail', { tenant, orderId, mail: mailOf(payload), dedupId: eventId })
    },
  }))
}

function textOf(payload: JsonObject, name: string): string {
  const value = payload[name]
  assert(typeof value === 'string', () => `an event has no text ${name}`)
  return value
}

function objectOf(value: JsonObject[string] | undefined): JsonObject {
  assert(value !== null && typeof value === 'object' && !Array.isArray(value), 'expected an object')
  return value
}

function linesOf(value: JsonObject[string] | undefined) {
  assert(Array.isArray(value), 'a shipment has lines')
  return value.map((line) => ({
    orderLineId: textOf(objectOf(line), 'order_line_id'),
    quantity: textOf(objectOf(line), 'quantity'),
  }))
}
