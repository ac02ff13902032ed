import { type StatementOptions, statement, type Tx } from '@purser/postgres'
import type {
  HeldUnits,
  LineState,
  Reservation,
  ReservationState,
  ReservedLine,
} from '../domain/reservation.ts'
import { levelsJson, movementsJson, type StockChanges } from './stock.ts'

type UnitsRow = {
  reservation_id: string
  variant_id: string
  location_id: string
  state: LineState
  quantity: number
  backordered: number
  restocked: number
}

const unitsJson = `json_build_object(
       'reservation_id', u.reservation_id, 'variant_id', u.variant_id, 'location_id', u.location_id,
       'state', u.state, 'quantity', u.quantity, 'backordered', u.backordered, 'restocked', u.restocked)`

/** Units as they stand in JSON. */
export function fromUnitsRow(row: UnitsRow): HeldUnits {
  return {
    reservationId: row.reservation_id,
    variantId: row.variant_id,
    locationId: row.location_id,
    state: row.state,
    quantity: BigInt(row.quantity),
    backordered: BigInt(row.backordered),
    restocked: BigInt(row.restocked),
  }
}

const findStatement = statement(
  'catalog.find_reservations',
  `select r.reservation_id, r.state, r.currency, r.price_list_key, r.lines, r.order_id, r.expire_at,
     (
       select coalesce(json_agg(${unitsJson} order by u.variant_id, u.location_id), '[]')
       from reservation_line as u
       where u.tenant_id = r.tenant_id and u.reservation_id = r.reservation_id
     ) as units
   from reservation as r
   where r.tenant_id = $1
     and r.reservation_id = any($2::text[])
   order by r.reservation_id
   for no key update of r`,
)

/**
 * Reservations with their units. Locks their rows, after those of their levels, which are locked
 * already: without levels, as with what is not counted, theirs is the only lock.
 */
export async function findReservations(
  tx: Tx,
  tenantId: string,
  reservationIds: readonly string[],
): Promise<{ reservation: Reservation; units: HeldUnits[] }[]> {
  const rows = await tx.query<{
    reservation_id: string
    state: ReservationState
    currency: string
    price_list_key: string
    lines: ReservedLine[]
    order_id: string | null
    expire_at: Temporal.Instant
    units: UnitsRow[]
  }>(findStatement, [tenantId, reservationIds])
  return rows.map((row) => ({
    reservation: {
      reservationId: row.reservation_id,
      state: row.state,
      currency: row.currency,
      priceListKey: row.price_list_key,
      orderId: row.order_id ?? undefined,
      expireAt: row.expire_at,
      lines: row.lines,
    },
    units: row.units.map(fromUnitsRow),
  }))
}

const stockParts = `
   level as (
     update stock_level as s
     set on_hand = c.on_hand,
       reserved = c.reserved,
       backordered = c.backordered,
       owed = c.owed,
       is_low = c.is_low
     from jsonb_to_recordset($2::jsonb) as c (
       variant_id text, location_id text, on_hand bigint, reserved bigint, backordered bigint, owed bigint,
       is_low boolean)
     where s.tenant_id = $1
       and s.variant_id = c.variant_id
       and s.location_id = c.location_id
   ),
   movement as (
     insert into stock_movement (
       tenant_id, variant_id, location_id, kind, on_hand, reserved, backordered, owed, reservation_id, order_id,
       reason, moved_at)
     select $1, m.variant_id, m.location_id, m.kind, m.on_hand, m.reserved, m.backordered, m.owed,
       m.reservation_id, m.order_id, m.reason, $4::timestamptz
     from jsonb_to_recordset($3::jsonb) as m (
       variant_id text, location_id text, kind text, on_hand bigint, reserved bigint, backordered bigint,
       owed bigint, reservation_id text, order_id text, reason text)
   )`

const insertStatement = statement(
  'catalog.insert_reservation',
  `with ${stockParts},
   freed as (
     update reservation_line as u
     set state = 'released'
     from jsonb_to_recordset($5::jsonb) as f (reservation_id text, variant_id text, location_id text)
     where u.tenant_id = $1
       and u.reservation_id = f.reservation_id
       and u.variant_id = f.variant_id
       and u.location_id = f.location_id
   ),
   reserved as (
     insert into reservation (
       tenant_id, reservation_id, state, currency, price_list_key, lines, expire_at, created_at)
     values ($1, $6, $7, $8, $9, $10::jsonb, $11::timestamptz, $4::timestamptz)
   )
   insert into reservation_line (
     tenant_id, reservation_id, variant_id, location_id, state, quantity, backordered, restocked, expire_at)
   select $1, $6, u.variant_id, u.location_id, 'held', u.quantity, u.backordered, 0, $11::timestamptz
   from jsonb_to_recordset($12::jsonb) as u (
     variant_id text, location_id text, quantity bigint, backordered bigint)`,
)

/**
 * Writes a new reservation with its units, the stock that it takes, and the units of expired ones that
 * it frees, in one statement, the last of its transaction. Fails with a unique violation when there is one with the id.
 */
export async function insertReservation(
  tx: Tx,
  tenantId: string,
  reservation: Reservation,
  {
    stock,
    freed,
    createdAt,
  }: { stock: StockChanges; freed: readonly HeldUnits[]; createdAt: Temporal.Instant },
): Promise<void> {
  const values = [
    tenantId,
    levelsJson(stock.levels),
    movementsJson(stock.movements),
    createdAt,
    keysJson(freed),
    reservation.reservationId,
    reservation.state,
    reservation.currency,
    reservation.priceListKey,
    JSON.stringify(reservation.lines),
    reservation.expireAt,
    JSON.stringify(reservation.lines.flatMap(unitsOfLine)),
  ]
  await tx.execute(insertStatement, values, { isLast: true })
}

/** What is not counted has no location, and its units stand in one row all the same. */
function unitsOfLine({ variantId, quantity, locations }: ReservedLine) {
  const places = locations.length > 0 ? locations : [{ locationId: '', quantity, backordered: 0 }]
  return places.map((place) => ({
    variant_id: variantId,
    location_id: place.locationId,
    quantity: place.quantity,
    backordered: place.backordered,
  }))
}

const endStatement = statement(
  'catalog.end_reservations',
  `with ${stockParts},
   ended as (
     update reservation as r
     set state = $6, order_id = $7
     where r.tenant_id = $1
       and r.reservation_id = any($5::text[])
       and r.state = 'open'
   )
   update reservation_line as u
   set state = $8
   where u.tenant_id = $1
     and u.reservation_id = any($5::text[])
     and u.state = 'held'`,
)

/** Ends open reservations, with the stock that moves for it. Their levels are locked; `options` are those of the statement. */
export async function endReservations(
  tx: Tx,
  tenantId: string,
  end: {
    reservationIds: readonly string[]
    state: Exclude<ReservationState, 'open'>
    orderId?: string
    stock: StockChanges
    endedAt: Temporal.Instant
  },
  options: StatementOptions = {},
): Promise<void> {
  const values = [
    tenantId,
    levelsJson(end.stock.levels),
    movementsJson(end.stock.movements),
    end.endedAt,
    end.reservationIds,
    end.state,
    end.orderId,
    end.state === 'committed' ? 'sold' : 'released',
  ]
  await tx.execute(endStatement, values, options)
}

const dueStatement = statement(
  'catalog.list_due_reservations',
  `select u.tenant_id, u.reservation_id
   from reservation_line as u
   where u.state = 'held'
     and u.expire_at <= $1::timestamptz
   group by u.tenant_id, u.reservation_id
   limit $2::integer`,
)

/** Reservations of all tenants that hold units after their time; in a system transaction. */
export async function listDueReservations(
  tx: Tx,
  now: Temporal.Instant,
  limit: number,
): Promise<{ tenantId: string; reservationId: string }[]> {
  const rows = await tx.query<{ tenant_id: string; reservation_id: string }>(dueStatement, [
    now,
    limit,
  ])
  return rows.map((row) => ({ tenantId: row.tenant_id, reservationId: row.reservation_id }))
}

/** Primary keys of units, as a JSON array. */
function keysJson(units: readonly HeldUnits[]): string {
  return JSON.stringify(
    units.map(({ reservationId, variantId, locationId }) => ({
      reservation_id: reservationId,
      variant_id: variantId,
      location_id: locationId,
    })),
  )
}
