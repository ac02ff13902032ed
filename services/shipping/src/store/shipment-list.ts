import { statement, type Statement, type Tx } from '@purser/postgres'
import type { Shipment } from '../domain/shipment.ts'
import type { ShipmentState } from '../domain/shipment-state.ts'
import { fromRowShipment, linesJson, SHIPMENT_COLUMNS, type ShipmentRow } from './shipment-row.ts'

/** Which shipments a list holds; undefined does not narrow. */
export type ShipmentFilter = { orderId: string | undefined; state: ShipmentState | undefined }

// One statement for each first filter, so that each is read from the index that has its order.
const byOrder = listStatement('by_order', 'order_id = $4')
const byState = listStatement('by_state', '$4::text is null and state = $5')
const all = listStatement('all', '$4::text is null and $5::text is null')

function listStatement(name: string, condition: string): Statement {
  return statement(
    `shipping.list_shipments_${name}`,
    `select ${SHIPMENT_COLUMNS}, ${linesJson('shipment')}
     from shipment
     where tenant_id = $1
       and ${condition}
       and ($5::text is null or state = $5)
       and ($2::text is null or shipment_id < $2)
     order by shipment_id desc
     limit $3::bigint`,
  )
}

function statementOf({ orderId, state }: ShipmentFilter): Statement {
  if (orderId !== undefined) return byOrder
  return state === undefined ? all : byState
}

/** Shipments before an id, newest first: ids sort by time. Takes no lock. */
export async function listShipments(
  tx: Tx,
  tenantId: string,
  question: { filter: ShipmentFilter; beforeId: string | undefined; limit: number },
): Promise<Shipment[]> {
  const { filter, beforeId, limit } = question
  const values = [tenantId, beforeId, limit, filter.orderId, filter.state]
  const rows = await tx.query<ShipmentRow>(statementOf(filter), values)
  return rows.map(fromRowShipment)
}

const listDueStatement = statement(
  'shipping.list_due',
  `select tenant_id, shipment_id
   from shipment
   where check_at <= $1::timestamptz
   order by check_at
   limit $2::bigint`,
)

/** Shipments of all tenants whose carrier is to be asked again by now. Takes no lock. */
export async function listDue(
  tx: Tx,
  now: Temporal.Instant,
  limit: number,
): Promise<{ tenantId: string; shipmentId: string }[]> {
  const values = [now, limit]
  const rows = await tx.query<{ tenant_id: string; shipment_id: string }>(listDueStatement, values)
  return rows.map((row) => ({ tenantId: row.tenant_id, shipmentId: row.shipment_id }))
}
