import { statement, type Tx } from '@purser/postgres'
import type { StockLevel, StockMovement } from '../domain/stock-level.ts'

type LevelRow = {
  variant_id: string
  location_id: string
  on_hand: bigint
  reserved: bigint
  backordered: bigint
  owed: bigint
  low_stock_threshold: bigint | null
  is_low: boolean
}

const columns = `s.variant_id, s.location_id, s.on_hand, s.reserved, s.backordered, s.owed,
     s.low_stock_threshold, s.is_low`

function fromRowLevel(row: LevelRow): StockLevel {
  return {
    variantId: row.variant_id,
    locationId: row.location_id,
    onHand: row.on_hand,
    reserved: row.reserved,
    backordered: row.backordered,
    owed: row.owed,
    lowStockThreshold: row.low_stock_threshold ?? undefined,
    isLow: row.is_low,
  }
}

const lockVariantsStatement = statement(
  'catalog.lock_stock_of_variants',
  `select ${columns}, l.position
   from stock_level as s
   join location as l on l.tenant_id = s.tenant_id and l.location_id = s.location_id
   where s.tenant_id = $1
     and s.variant_id = any($2::text[])
   order by s.variant_id, s.location_id
   for no key update of s`,
)

/**
 * Every level of the variants, with the position of its location. Locks their rows, by variant and
 * location, until the end of the transaction.
 */
export async function lockStockOfVariants(
  tx: Tx,
  tenantId: string,
  variantIds: readonly string[],
): Promise<{ level: StockLevel; position: number }[]> {
  const rows = await tx.query<LevelRow & { position: number }>(lockVariantsStatement, [
    tenantId,
    variantIds,
  ])
  return rows.map((row) => ({ level: fromRowLevel(row), position: row.position }))
}

const lockReservationStatement = statement(
  'catalog.lock_stock_of_reservation',
  `select ${columns}
   from stock_level as s
   where s.tenant_id = $1
     and (s.variant_id, s.location_id) in (
       select r.variant_id, r.location_id
       from reservation_line as r
       where r.tenant_id = $1
         and r.reservation_id = any($2::text[])
     )
   order by s.variant_id, s.location_id
   for no key update of s`,
)

/** The levels that hold units of the reservations, locked as by `lockStockOfVariants`. */
export async function lockStockOfReservations(
  tx: Tx,
  tenantId: string,
  reservationIds: readonly string[],
): Promise<StockLevel[]> {
  const rows = await tx.query<LevelRow>(lockReservationStatement, [tenantId, reservationIds])
  return rows.map(fromRowLevel)
}

const writeStatement = statement(
  'catalog.write_stock',
  `with level as (
     update stock_level as s
     set on_hand = c.on_hand,
       reserved = c.reserved,
       backordered = c.backordered,
       owed = c.owed,
       low_stock_threshold = c.low_stock_threshold,
       is_low = c.is_low
     from jsonb_to_recordset($2::jsonb) as c (
       variant_id text, location_id text, on_hand bigint, reserved bigint, backordered bigint, owed bigint,
       low_stock_threshold bigint, is_low boolean)
     where s.tenant_id = $1
       and s.variant_id = c.variant_id
       and s.location_id = c.location_id
   )
   insert into stock_movement (
     tenant_id, variant_id, location_id, kind, on_hand, reserved, backordered, owed, reservation_id, order_id,
     reason, moved_at)
   select $1, m.variant_id, m.location_id, m.kind, m.on_hand, m.reserved, m.backordered, m.owed, m.reservation_id,
     m.order_id, m.reason, $4::timestamptz
   from jsonb_to_recordset($3::jsonb) as m (
     variant_id text, location_id text, kind text, on_hand bigint, reserved bigint, backordered bigint, owed bigint,
     reservation_id text, order_id text, reason text)`,
)

/** What a transaction did to stock, as parameters of a statement. */
export type StockChanges = { levels: readonly StockLevel[]; movements: readonly StockMovement[] }

/** Writes locked levels as they are now, and the ledger. */
export async function writeStock(
  tx: Tx,
  tenantId: string,
  { levels, movements }: StockChanges,
  movedAt: Temporal.Instant,
): Promise<void> {
  await tx.execute(writeStatement, [
    tenantId,
    levelsJson(levels),
    movementsJson(movements),
    movedAt,
  ])
}

/** Levels as a JSON array of rows; units are exact, at most 10^12. */
export function levelsJson(levels: readonly StockLevel[]): string {
  return JSON.stringify(
    levels.map((level) => ({
      variant_id: level.variantId,
      location_id: level.locationId,
      on_hand: Number(level.onHand),
      reserved: Number(level.reserved),
      backordered: Number(level.backordered),
      owed: Number(level.owed),
      low_stock_threshold:
        level.lowStockThreshold === undefined ? null : Number(level.lowStockThreshold),
      is_low: level.isLow,
    })),
  )
}

/** Movements as a JSON array of rows. */
export function movementsJson(movements: readonly StockMovement[]): string {
  return JSON.stringify(
    movements.map((movement) => ({
      variant_id: movement.variantId,
      location_id: movement.locationId,
      kind: movement.kind,
      on_hand: Number(movement.onHand),
      reserved: Number(movement.reserved),
      backordered: Number(movement.backordered),
      owed: Number(movement.owed),
      reservation_id: movement.reservationId ?? null,
      order_id: movement.orderId ?? null,
      reason: movement.reason,
    })),
  )
}

const openStatement = statement(
  'catalog.open_levels',
  `insert into stock_level (
     tenant_id, variant_id, location_id, product_id, on_hand, reserved, backordered, owed, low_stock_threshold, is_low)
   select $1, v.variant_id, l.location_id, v.product_id, 0, 0, 0, 0, null, false
   from unnest($2::text[], $3::text[]) as w (variant_id, location_id)
   join variant as v on v.tenant_id = $1 and v.variant_id = w.variant_id
   join location as l on l.tenant_id = $1 and l.location_id = w.location_id
   order by v.variant_id, l.location_id
   on conflict (tenant_id, variant_id, location_id) do nothing
   returning variant_id, location_id`,
)

/**
 * Opens levels with nothing in them; answers those that were not open. Unknown variants and locations
 * are passed over.
 */
export async function openLevels(
  tx: Tx,
  tenantId: string,
  places: readonly { variantId: string; locationId: string }[],
): Promise<{ variantId: string; locationId: string }[]> {
  const rows = await tx.query<{ variant_id: string; location_id: string }>(openStatement, [
    tenantId,
    places.map(({ variantId }) => variantId),
    places.map(({ locationId }) => locationId),
  ])
  return rows.map((row) => ({ variantId: row.variant_id, locationId: row.location_id }))
}
