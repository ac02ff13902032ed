import { statement, type Tx } from '@purser/postgres'
import type { FailedParcel } from '../domain/order.ts'

const insertStatement = statement(
  'order.insert_failed_parcel',
  `insert into order_failed_parcel
     (tenant_id, order_id, shipment_id, carrier, tracking_number, failure_code, lines, created_at)
   select tenant_id, order_id, $3, $4, $5, $6, $7::jsonb, $8::timestamptz
   from sales_order
   where tenant_id = $1
     and order_id = $2
   on conflict do nothing`,
)

/** Notes a parcel that failed; nothing when there is no such order. */
export async function insertFailedParcel(
  tx: Tx,
  tenantId: string,
  orderId: string,
  parcel: FailedParcel,
): Promise<void> {
  const { shipmentId, carrier, trackingNumber, failureCode, lines, at } = parcel
  const values = [tenantId, orderId, shipmentId, carrier, trackingNumber, failureCode]
  await tx.execute(insertStatement, [...values, JSON.stringify(lines), at])
}

const listStatement = statement(
  'order.list_failed_parcels',
  `select shipment_id, carrier, tracking_number, failure_code, lines, created_at
   from order_failed_parcel
   where tenant_id = $1
     and order_id = $2
   order by shipment_id`,
)

/** The parcels of an order that failed, oldest first. Takes no lock. */
export async function listFailedParcels(
  tx: Tx,
  tenantId: string,
  orderId: string,
): Promise<FailedParcel[]> {
  const rows = await tx.query<{
    shipment_id: string
    carrier: string
    tracking_number: string
    failure_code: string
    lines: FailedParcel['lines']
    created_at: Temporal.Instant
  }>(listStatement, [tenantId, orderId])
  return rows.map((row) => ({
    shipmentId: row.shipment_id,
    carrier: row.carrier,
    trackingNumber: row.tracking_number,
    failureCode: row.failure_code,
    lines: row.lines,
    at: row.created_at,
  }))
}
