import type { EventEnvelope, Subscription } from '@purser/events'
import { assert } from '@purser/kernel'
import type { Database, Tx } from '@purser/postgres'
import { statesOfShipping } from '../domain/fulfilment.ts'
import { findOrder, lockOrder, moveOrder } from '../store/order.ts'
import { unitsOfLine } from '../orders/shipments-of.ts'
import { type CountedUnits, countUnits } from '../store/order-work.ts'

/**
 * `shipment.shipped` and `shipment.delivered` of shipping: counts what left and what arrived, and
 * moves the order once all of it has. An order that was called off, or whose money went back, keeps
 * its state.
 */
export function onShipmentMoved(database: Database, what: 'shipped' | 'delivered'): Subscription {
  return {
    subject: `shipment.${what}`,
    consumer: `order.shipment_${what}`,
    database,
    handle: async (tx, event) => await countShipment(tx, event, what),
  }
}

async function countShipment(
  tx: Tx,
  { tenantId: tenant, payload, occurredAt: at }: EventEnvelope,
  what: 'shipped' | 'delivered',
): Promise<void> {
  const orderId = String(payload['order_id'])
  const order = await lockOrder(tx, tenant, orderId)
  // Operators may send what is no order of ours.
  if (order === undefined) return
  await countUnits(tx, tenant, orderId, unitsOf(orderId, payload['lines'], what))
  const now = await findOrder(tx, tenant, orderId)
  assert(now, 'an order that is locked is there')
  const through = statesOfShipping(now)
  if (through.length === 0) return
  const cause = `shipment:${String(payload['shipment_id'])}`
  await moveOrder(tx, tenant, orderId, { from: now.state, through, cause, at })
}

/** `[{ order_line_id, quantity }]` of an order, by number of the line; others are left out. */
function unitsOf(
  orderId: string,
  lines: EventEnvelope['payload'][string] | undefined,
  what: 'shipped' | 'delivered',
): CountedUnits[] {
  assert(Array.isArray(lines), 'a shipment has lines')
  return lines.flatMap((line) => {
    assert(line !== null && typeof line === 'object' && !Array.isArray(line), 'a line is an object')
    const parts = unitsOfLine(orderId, String(line['order_line_id']), Number(line['quantity']))
    const none = { shipped: 0, delivered: 0, returned: 0 }
    return parts.map(({ lineNumber, quantity }) => ({ ...none, lineNumber, [what]: quantity }))
  })
}
