import { publish } from '@purser/events'
import type { Tx } from '@purser/postgres'
import type { Shipment } from './domain/shipment.ts'
import type { TrackedState } from './domain/shipment-state.ts'

/**
 * `shipment.shipped | delivered | returned | failed`, each once a shipment: `{ shipment_id, order_id,
 * account_id, carrier, tracking_number, failure_code, lines: [{ order_line_id, quantity }] }`. `quantity` is
 * an integer as text; `account_id` is empty for a guest, `failure_code` unless it failed: `refused` by the
 * carrier, or `lost` on its way.
 */
export async function publishFacts(
  tx: Tx,
  tenantId: string,
  shipment: Shipment,
  facts: readonly TrackedState[],
): Promise<void> {
  if (facts.length === 0) return
  const payload = {
    shipment_id: shipment.shipmentId,
    order_id: shipment.orderId,
    account_id: shipment.accountId,
    carrier: shipment.carrier,
    tracking_number: shipment.trackingNumber,
    failure_code: shipment.failureCode,
    lines: shipment.lines.map(({ orderLineId, quantity }) => ({
      order_line_id: orderLineId,
      quantity: quantity.toString(),
    })),
  }
  const occurredAt = shipment.updatedAt
  await publish(
    tx,
    facts.map((fact) => ({ tenantId, subject: `shipment.${fact}`, occurredAt, payload })),
  )
}
