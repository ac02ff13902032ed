import { statement, type Tx } from '@purser/postgres'
import type { Parcel, PackedUnits } from '../domain/parcel.ts'

const insertStatement = statement(
  'order.insert_parcel',
  `insert into order_parcel (tenant_id, order_id, parcel_key, units, created_at)
   values ($1, $2, $3, $4::jsonb, $5::timestamptz)`,
)

/** Notes a parcel that shipping is about to be asked for. For orders that are locked. */
export async function insertParcel(
  tx: Tx,
  tenantId: string,
  orderId: string,
  { parcelKey, units, at }: Pick<Parcel, 'parcelKey' | 'units'> & { at: Temporal.Instant },
): Promise<void> {
  await tx.execute(insertStatement, [tenantId, orderId, parcelKey, JSON.stringify(units), at])
}

const noteStatement = statement(
  'order.note_shipment_of_parcel',
  `insert into order_parcel (tenant_id, order_id, parcel_key, units, created_at, shipment_id)
   values ($1, $2, $3, $4::jsonb, $5::timestamptz, $6)
   on conflict (tenant_id, order_id, parcel_key)
   do update set units = excluded.units, shipment_id = excluded.shipment_id`,
)

/** Notes the shipment that a parcel has become, and what is in it. For orders that are locked. */
export async function noteShipment(
  tx: Tx,
  tenantId: string,
  orderId: string,
  { parcelKey, shipmentId, units, at }: Omit<Parcel, 'isCanceled'> & { at: Temporal.Instant },
): Promise<void> {
  const values = [tenantId, orderId, parcelKey, JSON.stringify(units), at, shipmentId]
  await tx.execute(noteStatement, values)
}

const removeStatement = statement(
  'order.remove_parcel',
  `delete from order_parcel
   where tenant_id = $1
     and order_id = $2
     and parcel_key = $3
     and shipment_id = ''`,
)

/** Forgets a parcel that was refused. For orders that are locked. */
export async function removeParcel(
  tx: Tx,
  tenantId: string,
  orderId: string,
  parcelKey: string,
): Promise<void> {
  await tx.execute(removeStatement, [tenantId, orderId, parcelKey])
}

const cancelStatement = statement(
  'order.cancel_parcel',
  `update order_parcel
   set canceled_at = $4::timestamptz
   where tenant_id = $1
     and order_id = $2
     and shipment_id = $3
     and canceled_at is null`,
)

/** Notes that a parcel was called off; false when it was before. For orders that are locked. */
export async function cancelParcel(
  tx: Tx,
  tenantId: string,
  orderId: string,
  { shipmentId, at }: Pick<Parcel, 'shipmentId'> & { at: Temporal.Instant },
): Promise<boolean> {
  return (await tx.execute(cancelStatement, [tenantId, orderId, shipmentId, at])) > 0
}

const listStatement = statement(
  'order.list_parcels',
  `select parcel_key, shipment_id, canceled_at is not null as is_canceled, units
   from order_parcel
   where tenant_id = $1
     and order_id = $2`,
)

/** The parcels of an order that shipping was asked for, but for those that it refused. Takes no lock. */
export async function listParcels(tx: Tx, tenantId: string, orderId: string): Promise<Parcel[]> {
  const rows = await tx.query<{
    parcel_key: string
    shipment_id: string
    is_canceled: boolean
    units: PackedUnits[]
  }>(listStatement, [tenantId, orderId])
  return rows.map((row) => ({
    parcelKey: row.parcel_key,
    shipmentId: row.shipment_id,
    isCanceled: row.is_canceled,
    units: row.units,
  }))
}
