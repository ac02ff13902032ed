/**
 * Stock of a variant at a location. 0 <= reserved <= onHand, and neither backordered nor owed is negative.
 *
 * - onHand: units that are there and not sold;
 * - reserved: of those, units kept for orders under way;
 * - backordered: units beyond those, promised to orders under way;
 * - owed: units that were sold without being there. What comes in settles them first.
 */
export type StockLevel = {
  variantId: string
  locationId: string
  onHand: bigint
  reserved: bigint
  backordered: bigint
  owed: bigint
  lowStockThreshold: bigint | undefined
  /** Whether `stock.low` was told since the level was above its threshold. */
  isLow: boolean
}

/** Why stock moved; see the contract's `MovementKind`. */
export type MovementKind =
  | 'initial'
  | 'received'
  | 'adjusted'
  | 'reserved'
  | 'released'
  | 'sold'
  | 'returned'

/** Changes of the four counters. */
export type StockChange = { onHand: bigint; reserved: bigint; backordered: bigint; owed: bigint }

/** An entry of the ledger; the entries of a level add up to its counters. */
export type StockMovement = StockChange & {
  variantId: string
  locationId: string
  kind: MovementKind
  reservationId: string | undefined
  orderId: string | undefined
  reason: string
}

/** Units that can be sold. */
export function availableOf({ onHand, reserved }: StockLevel): bigint {
  return onHand - reserved
}

/** Units that come in: first to those owed, the rest onto the shelf. */
export function inflow({ owed }: StockLevel, units: bigint): StockChange {
  const settled = units < owed ? units : owed
  return { onHand: units - settled, reserved: 0n, backordered: 0n, owed: -settled }
}

/**
 * The level after a change. `isLow` turns true when what is available has fallen to the threshold and
 * false when it is above, so that each crossing is told once.
 */
export function changed(level: StockLevel, change: StockChange): StockLevel {
  const next = {
    ...level,
    onHand: level.onHand + change.onHand,
    reserved: level.reserved + change.reserved,
    backordered: level.backordered + change.backordered,
    owed: level.owed + change.owed,
  }
  return { ...next, isLow: isLowAt(next) }
}

/** Whether what is available is at the threshold or below. */
export function isLowAt(level: StockLevel): boolean {
  const { lowStockThreshold } = level
  return lowStockThreshold !== undefined && availableOf(level) <= lowStockThreshold
}

/** Identifies a level within its tenant. */
export function levelKey({
  variantId,
  locationId,
}: {
  variantId: string
  locationId: string
}): string {
  // Neither has a space: ids and slugs.
  return `${variantId} ${locationId}`
}
