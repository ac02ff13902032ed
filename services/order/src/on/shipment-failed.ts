import type { Subscription } from '@purser/events'
import type { Database } from '@purser/postgres'
import { insertFailedParcel } from '../store/failed-parcel.ts'
import { parcelOf } from './parcel-of.ts'

/**
 * `shipment.failed` of shipping: noted with the order, for operators to send its units again or give the money
 * back. The order keeps its state: its other parcels may be on their way.
 */
export function onShipmentFailed(database: Database): Subscription {
  return {
    subject: 'shipment.failed',
    consumer: 'order.shipment_failed',
    database,
    handle: async (tx, { tenantId, payload, occurredAt: at }) => {
      const orderId = String(payload['order_id'])
      await insertFailedParcel(tx, tenantId, orderId, { ...parcelOf(payload), at })
    },
  }
}
