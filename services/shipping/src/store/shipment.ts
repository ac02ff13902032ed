import { statement, type Tx } from '@purser/postgres'
import type { Shipment, ShipmentTransition } from '../domain/shipment.ts'
import { isDone, isVoid, type ShipmentState } from '../domain/shipment-state.ts'
import { fromRowShipment, linesJson, SHIPMENT_COLUMNS, type ShipmentRow } from './shipment-row.ts'

/** A line of an order, of which units are sent. */
export type WantedLine = { orderLineId: string; quantity: bigint; orderedQuantity: bigint }

const insertStatement = statement(
  'shipping.insert_shipment',
  `with made as (
     insert into shipment
       (tenant_id, shipment_id, idempotency_key, request_hash, order_id, account_id, state, version,
        method_key, carrier, carrier_service, weight_grams, recipient, email, check_at, created_at,
        updated_at)
     values ($1, $2, $3, $4::bytea, $5, $6, 'created', 1, $7, $8, $9, $10::bigint, $11::jsonb, $12,
       $13::timestamptz, $14::timestamptz, $14::timestamptz)
     on conflict do nothing
     returning shipment_id
   ), line as (
     select l.order_line_id, l.quantity, l.ordered
     from made, unnest($15::text[], $16::bigint[], $17::bigint[])
       as l (order_line_id, quantity, ordered)
   ), taken as (
     insert into order_line as o
       (tenant_id, order_id, order_line_id, ordered_quantity, sent_quantity)
     select $1, $5, order_line_id, ordered, quantity
     from line
     order by order_line_id
     on conflict (tenant_id, order_id, order_line_id) do update
     set sent_quantity = o.sent_quantity + excluded.sent_quantity
     where o.ordered_quantity = excluded.ordered_quantity
       and o.sent_quantity + excluded.sent_quantity <= o.ordered_quantity
     returning order_line_id
   ), filled as (
     insert into shipment_line (tenant_id, shipment_id, order_id, order_line_id, quantity)
     select $1, $2, $5, order_line_id, quantity
     from line
   ), noted as (
     insert into shipment_transition
       (tenant_id, shipment_id, number, from_state, to_state, cause, created_at)
     select $1, shipment_id, 1, null, 'created', $18, $14::timestamptz
     from made
   )
   select (select count(*) from made) as made,
     (select array_agg(order_line_id) from taken) as taken`,
)

/**
 * Inserts a shipment and takes its units from what was ordered; nothing when its key is taken, for
 * which it waits. `refused` are ids of lines that have no room or were told with another quantity: if
 * there are any, the transaction must not be committed. Locks the order's lines in the order of their
 * ids.
 */
export async function insertShipment(
  tx: Tx,
  tenantId: string,
  shipment: Shipment,
  { lines, cause }: { lines: readonly WantedLine[]; cause: string },
): Promise<{ isKeyTaken: boolean; refused: string[] }> {
  const [row] = await tx.query<{ made: bigint; taken: string[] | null }>(insertStatement, [
    tenantId,
    shipment.shipmentId,
    shipment.idempotencyKey,
    shipment.requestHash,
    shipment.orderId,
    shipment.accountId,
    shipment.methodKey,
    shipment.carrier,
    shipment.carrierService,
    shipment.weightGrams,
    shipment.recipient,
    shipment.email,
    shipment.checkAt,
    shipment.createdAt,
    lines.map(({ orderLineId }) => orderLineId),
    lines.map(({ quantity }) => quantity),
    lines.map(({ orderedQuantity }) => orderedQuantity),
    cause,
  ])
  if (row?.made !== 1n) return { isKeyTaken: true, refused: [] }
  const taken = new Set(row.taken)
  const ids = lines.map(({ orderLineId }) => orderLineId)
  return { isKeyTaken: false, refused: ids.filter((id) => !taken.has(id)) }
}

const listOrderedStatement = statement(
  'shipping.list_ordered',
  `select order_line_id, ordered_quantity
   from order_line
   where tenant_id = $1
     and order_id = $2
     and order_line_id = any($3::text[])`,
)

/** How many units of lines were ordered, by id, as shipments told it. Takes no lock. */
export async function listOrdered(
  tx: Tx,
  tenantId: string,
  orderId: string,
  orderLineIds: readonly string[],
): Promise<ReadonlyMap<string, bigint>> {
  const values = [tenantId, orderId, orderLineIds]
  const rows = await tx.query<{ order_line_id: string; ordered_quantity: bigint }>(
    listOrderedStatement,
    values,
  )
  return new Map(rows.map((row) => [row.order_line_id, row.ordered_quantity]))
}

/** How a shipment changes: its new state and what is known with it. */
export type ShipmentMove = {
  to: ShipmentState
  /** As it was when left out. */
  trackingNumber?: string
  /** Of a shipment that fails. */
  failureCode?: string
  cause: string
  at: Temporal.Instant
}

const moveStatement = statement(
  'shipping.move_shipment',
  `with moved as (
     update shipment
     set state = $4,
       version = version + 1,
       tracking_number = coalesce($6, tracking_number),
       failure_code = coalesce($7, ''),
       check_at = null,
       recipient = case when erase_at is not null and $11::boolean then null else recipient end,
       email = case when erase_at is not null and $11::boolean then '' else email end,
       request_hash = case when erase_at is not null and $11::boolean then sha256('erased')
         else request_hash end,
       erase_at = case when $11::boolean then null else erase_at end,
       updated_at = $8::timestamptz
     where tenant_id = $1
       and shipment_id = $2
       and version = $3::integer
     returning tenant_id, ${SHIPMENT_COLUMNS}
   ), noted as (
     insert into shipment_transition
       (tenant_id, shipment_id, number, from_state, to_state, cause, created_at)
     select tenant_id, shipment_id, version, $5, state, $9, updated_at
     from moved
   ), locked as (
     select o.order_id, o.order_line_id, l.quantity
     from moved
     join shipment_line as l on l.tenant_id = $1 and l.shipment_id = moved.shipment_id
     join order_line as o on o.tenant_id = $1
       and o.order_id = l.order_id
       and o.order_line_id = l.order_line_id
     where $10::boolean
     order by o.order_line_id
     for no key update of o
   ), freed as (
     update order_line as o
     set sent_quantity = o.sent_quantity - locked.quantity
     from locked
     where o.tenant_id = $1
       and o.order_id = locked.order_id
       and o.order_line_id = locked.order_line_id
   )
   select ${SHIPMENT_COLUMNS}, ${linesJson('moved')}
   from moved`,
)

/**
 * Moves a shipment, as it was read, to another state and notes it in its history; its units are free
 * again when it comes to nothing, and its address goes at its end, when that was asked for. Undefined when it has moved since. Locks its row, then, when they
 * are freed, the order's lines in the order of their ids.
 */
export async function moveShipment(
  tx: Tx,
  tenantId: string,
  shipment: Shipment,
  { to, trackingNumber, failureCode, cause, at }: ShipmentMove,
): Promise<Shipment | undefined> {
  const [row] = await tx.query<ShipmentRow>(moveStatement, [
    tenantId,
    shipment.shipmentId,
    shipment.version,
    to,
    shipment.state,
    trackingNumber,
    failureCode,
    at,
    cause,
    isVoid(to),
    isDone(to),
  ])
  return row && fromRowShipment(row)
}

const postponeStatement = statement(
  'shipping.postpone_check',
  `update shipment
   set check_at = $4::timestamptz, check_count = $5::integer
   where tenant_id = $1
     and shipment_id = $2
     and version = $3::integer
     and check_at is not null`,
)

/** Asks the carrier of a shipment later, unless it has moved since it was read. Locks its row. */
export async function postponeCheck(
  tx: Tx,
  tenantId: string,
  { shipmentId, version }: Shipment,
  { checkAt, checkCount }: { checkAt: Temporal.Instant; checkCount: number },
): Promise<void> {
  await tx.execute(postponeStatement, [tenantId, shipmentId, version, checkAt, checkCount])
}

const findStatement = statement(
  'shipping.find_shipment',
  `select ${SHIPMENT_COLUMNS}, ${linesJson('shipment')}
   from shipment
   where tenant_id = $1
     and shipment_id = $2`,
)

/** The shipment with this id, if there is one. Takes no lock. */
export async function findShipment(
  tx: Tx,
  tenantId: string,
  shipmentId: string,
): Promise<Shipment | undefined> {
  const [row] = await tx.query<ShipmentRow>(findStatement, [tenantId, shipmentId])
  return row && fromRowShipment(row)
}

const findByKeyStatement = statement(
  'shipping.find_shipment_by_key',
  `select ${SHIPMENT_COLUMNS}, ${linesJson('shipment')}
   from shipment
   where tenant_id = $1
     and idempotency_key = $2`,
)

/** The shipment of an idempotency key, if there is one. Takes no lock. */
export async function findShipmentByKey(
  tx: Tx,
  tenantId: string,
  idempotencyKey: string,
): Promise<Shipment | undefined> {
  const [row] = await tx.query<ShipmentRow>(findByKeyStatement, [tenantId, idempotencyKey])
  return row && fromRowShipment(row)
}

const listTransitionsStatement = statement(
  'shipping.list_transitions',
  `select number, from_state, to_state, cause, created_at
   from shipment_transition
   where tenant_id = $1
     and shipment_id = $2
   order by number`,
)

/** The history of a shipment, in order. Takes no lock. */
export async function listTransitions(
  tx: Tx,
  tenantId: string,
  shipmentId: string,
): Promise<ShipmentTransition[]> {
  const rows = await tx.query<{
    number: number
    from_state: ShipmentState | null
    to_state: ShipmentState
    cause: string
    created_at: Temporal.Instant
  }>(listTransitionsStatement, [tenantId, shipmentId])
  return rows.map((row) => ({
    number: row.number,
    from: row.from_state ?? undefined,
    to: row.to_state,
    cause: row.cause,
    at: row.created_at,
  }))
}
