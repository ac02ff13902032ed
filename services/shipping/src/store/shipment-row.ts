import type { Recipient, Shipment } from '../domain/shipment.ts'
import type { ShipmentState } from '../domain/shipment-state.ts'

/** Columns of a shipment. */
export const SHIPMENT_COLUMNS = `
  shipment_id, idempotency_key, request_hash, order_id, account_id, state, version, method_key,
  carrier, carrier_service, tracking_number, failure_code, weight_grams, recipient, email, check_at,
  check_count, created_at, updated_at`

/** What is in a shipment, as JSON; `shipment` is the name of its row. */
export function linesJson(shipment: string): string {
  return `(
     select json_agg(json_build_object('id', l.order_line_id, 'quantity', l.quantity)
       order by l.order_line_id)
     from shipment_line as l
     where l.tenant_id = ${shipment}.tenant_id and l.shipment_id = ${shipment}.shipment_id
   ) as lines`
}

/** A row of `SHIPMENT_COLUMNS` and `linesJson`. */
export type ShipmentRow = {
  shipment_id: string
  idempotency_key: string
  request_hash: Buffer
  order_id: string
  account_id: string
  state: ShipmentState
  version: number
  method_key: string
  carrier: string
  carrier_service: string
  tracking_number: string
  failure_code: string
  weight_grams: bigint
  recipient: Recipient | null
  email: string
  check_at: Temporal.Instant | null
  check_count: number
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
  lines: { id: string; quantity: number }[]
}

/** The shipment of a row. */
export function fromRowShipment(row: ShipmentRow): Shipment {
  return {
    shipmentId: row.shipment_id,
    idempotencyKey: row.idempotency_key,
    requestHash: row.request_hash,
    orderId: row.order_id,
    accountId: row.account_id,
    state: row.state,
    version: row.version,
    methodKey: row.method_key,
    carrier: row.carrier,
    carrierService: row.carrier_service,
    trackingNumber: row.tracking_number,
    failureCode: row.failure_code,
    weightGrams: row.weight_grams,
    recipient: row.recipient ?? undefined,
    email: row.email,
    checkAt: row.check_at ?? undefined,
    checkCount: row.check_count,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lines: row.lines.map(({ id, quantity }) => ({ orderLineId: id, quantity: BigInt(quantity) })),
  }
}
