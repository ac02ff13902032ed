import type { Subscription } from '@purser/events'
import type { Database } from '@purser/postgres'
import { insertFailedParcel } from '../store/failed-parcel.ts'
import { parcelOf } from './parcel-of.ts'

/**
 * `shipment.failed` and `shipment.returned` of shipping: noted with the order, for operators to look after. The order
 * keeps its state: its other parcels may be on their way, and what the carrier brought back is counted by a return.
 */
export function onShipmentFailed(database: Database, what: 'failed' | 'returned'): Subscription {
  return {
    subject: `shipment.${what}`,
    consumer: `order.shipment_${what}`,
    database,
    handle: async (tx, { tenantId, payload, occurredAt: at }) => {
      const orderId = String(payload['order_id'])
      const parcel = parcelOf(payload)
      const failureCode = what === 'returned' ? what : parcel.failureCode
      await insertFailedParcel(tx, tenantId, orderId, { ...parcel, failureCode, at })
    },
  }
}
