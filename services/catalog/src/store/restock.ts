import { statement, type Tx } from '@purser/postgres'
import type { HeldUnits } from '../domain/reservation.ts'
import type { WantedLine } from '../domain/reserve.ts'
import type { ReturnedUnits } from '../domain/restock.ts'
import { fromUnitsRow } from './reservation.ts'

const reservationsStatement = statement(
  'catalog.find_reservations_of_order',
  `select reservation_id
   from reservation
   where tenant_id = $1
     and order_id = $2`,
)

/** Ids of the reservations that were sold to an order. */
export async function findReservationsOfOrder(
  tx: Tx,
  tenantId: string,
  orderId: string,
): Promise<string[]> {
  const rows = await tx.query<{ reservation_id: string }>(reservationsStatement, [
    tenantId,
    orderId,
  ])
  return rows.map((row) => row.reservation_id)
}

const soldStatement = statement(
  'catalog.find_sold_units',
  `select u.reservation_id, u.variant_id, u.location_id, u.state, u.quantity::float8, u.backordered::float8,
     u.restocked::float8
   from reservation_line as u
   where u.tenant_id = $1
     and u.reservation_id = any($2::text[])
     and u.state = 'sold'
   order by u.reservation_id, u.variant_id, u.location_id
   for no key update`,
)

/** Units that were sold by the reservations. Locks their rows, by their key. */
export async function findSoldUnits(
  tx: Tx,
  tenantId: string,
  reservationIds: readonly string[],
): Promise<HeldUnits[]> {
  const rows = await tx.query<Parameters<typeof fromUnitsRow>[0]>(soldStatement, [
    tenantId,
    reservationIds,
  ])
  return rows.map(fromUnitsRow)
}

const insertStatement = statement(
  'catalog.insert_restock',
  `insert into restock (tenant_id, restock_id, order_id, lines, created_at)
   values ($1, $2, $3, $4::jsonb, $5::timestamptz)
   on conflict (tenant_id, restock_id) do nothing`,
)

/** Notes a restock; false when there was one with the id. Waits for another call with it. */
export async function insertRestock(
  tx: Tx,
  tenantId: string,
  restock: {
    restockId: string
    orderId: string
    lines: readonly WantedLine[]
    createdAt: Temporal.Instant
  },
): Promise<boolean> {
  const { restockId, orderId, lines, createdAt } = restock
  const values = [tenantId, restockId, orderId, JSON.stringify(lines), createdAt]
  return (await tx.execute(insertStatement, values)) === 1
}

const findStatement = statement(
  'catalog.find_restock',
  `select order_id, lines
   from restock
   where tenant_id = $1
     and restock_id = $2`,
)

/** What was put back with an id. */
export async function findRestock(
  tx: Tx,
  tenantId: string,
  restockId: string,
): Promise<{ orderId: string; lines: WantedLine[] } | undefined> {
  const [row] = await tx.query<{ order_id: string; lines: WantedLine[] }>(findStatement, [
    tenantId,
    restockId,
  ])
  return row && { orderId: row.order_id, lines: row.lines }
}

const countStatement = statement(
  'catalog.count_restocked',
  `update reservation_line as u
   set restocked = u.restocked + r.units
   from jsonb_to_recordset($2::jsonb) as r (
     reservation_id text, variant_id text, location_id text, units bigint)
   where u.tenant_id = $1
     and u.reservation_id = r.reservation_id
     and u.variant_id = r.variant_id
     and u.location_id = r.location_id`,
)

/** Counts units as back, on the lines from which they were sold. */
export async function countRestocked(
  tx: Tx,
  tenantId: string,
  returned: readonly ReturnedUnits[],
): Promise<void> {
  const rows = returned.map((units) => ({
    reservation_id: units.reservationId,
    variant_id: units.variantId,
    location_id: units.locationId,
    units: Number(units.returned),
  }))
  await tx.execute(countStatement, [tenantId, JSON.stringify(rows)])
}
