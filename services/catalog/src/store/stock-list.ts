import { statement, type Tx } from '@purser/postgres'
import type { MovementKind, StockLevel, StockMovement } from '../domain/stock-level.ts'

const listStatement = statement(
  'catalog.list_stock',
  `select s.variant_id, s.location_id, s.on_hand, s.reserved, s.backordered, s.owed, s.low_stock_threshold,
     s.is_low, v.sku
   from stock_level as s
   join variant as v on v.tenant_id = s.tenant_id and v.variant_id = s.variant_id
   where s.tenant_id = $1
     and ($2::text is null or s.variant_id = $2)
     and ($3::text is null or s.location_id = $3)
     and (not $4::boolean or s.is_low)
     and (s.variant_id, s.location_id) > ($5, $6)
   order by s.variant_id, s.location_id
   limit $7::integer`,
)

export type ListedLevel = StockLevel & { sku: string }

export type StockQuestion = {
  variantId?: string | undefined
  locationId?: string | undefined
  onlyLow: boolean
  after: readonly [variantId: string, locationId: string]
  limit: number
}

/** Levels by variant and location, after a position. */
export async function listStock(
  tx: Tx,
  tenantId: string,
  { variantId, locationId, onlyLow, after, limit }: StockQuestion,
): Promise<ListedLevel[]> {
  const rows = await tx.query<{
    variant_id: string
    location_id: string
    on_hand: bigint
    reserved: bigint
    backordered: bigint
    owed: bigint
    low_stock_threshold: bigint | null
    is_low: boolean
    sku: string
  }>(listStatement, [tenantId, variantId, locationId, onlyLow, ...after, limit])
  return rows.map((row) => ({
    variantId: row.variant_id,
    sku: row.sku,
    locationId: row.location_id,
    onHand: row.on_hand,
    reserved: row.reserved,
    backordered: row.backordered,
    owed: row.owed,
    lowStockThreshold: row.low_stock_threshold ?? undefined,
    isLow: row.is_low,
  }))
}

const movementsStatement = statement(
  'catalog.list_movements',
  `select m.movement_id, m.variant_id, m.location_id, m.kind, m.on_hand, m.reserved, m.backordered, m.owed,
     m.reservation_id, m.order_id, m.reason, m.moved_at
   from stock_movement as m
   where m.tenant_id = $1
     and ($2::text is null or m.variant_id = $2)
     and ($3::text is null or m.location_id = $3)
     and ($4::bigint is null or m.movement_id < $4)
   order by m.movement_id desc
   limit $5::integer`,
)

export type ListedMovement = StockMovement & { movementId: bigint; movedAt: Temporal.Instant }

/** Movements from the newest, before a position. */
export async function listMovements(
  tx: Tx,
  tenantId: string,
  question: {
    variantId?: string | undefined
    locationId?: string | undefined
    beforeId?: bigint | undefined
    limit: number
  },
): Promise<ListedMovement[]> {
  const { variantId, locationId, beforeId, limit } = question
  const rows = await tx.query<{
    movement_id: bigint
    variant_id: string
    location_id: string
    kind: MovementKind
    on_hand: bigint
    reserved: bigint
    backordered: bigint
    owed: bigint
    reservation_id: string | null
    order_id: string | null
    reason: string
    moved_at: Temporal.Instant
  }>(movementsStatement, [tenantId, variantId, locationId, beforeId, limit])
  return rows.map((row) => ({
    movementId: row.movement_id,
    variantId: row.variant_id,
    locationId: row.location_id,
    kind: row.kind,
    onHand: row.on_hand,
    reserved: row.reserved,
    backordered: row.backordered,
    owed: row.owed,
    reservationId: row.reservation_id ?? undefined,
    orderId: row.order_id ?? undefined,
    reason: row.reason,
    movedAt: row.moved_at,
  }))
}
