// States of a reservation: open -> committed | released | expired. Nothing leads out of the last three.
// States of its lines: held -> sold | released. Lines of an open reservation are released one by one when
// its time is over and other buyers need the units; from then on it can only expire.
import type { Dimensions } from '@purser/kernel'
import type { StockLevel, StockMovement } from './stock-level.ts'
import type { StockWork } from './stock-work.ts'

export type ReservationState = 'open' | 'committed' | 'released' | 'expired'
export type LineState = 'held' | 'released' | 'sold'

/** A line as it was priced and answered. Amounts in minor units of the reservation's currency. */
export type ReservedLine = {
  variantId: string
  productId: string
  sku: string
  title: string
  slug: string
  imageUrl: string
  optionValues: readonly string[]
  quantity: number
  unitMinor: number
  listMinor: number | undefined
  weightGrams: number
  requiresShipping: boolean
  dimensions?: Dimensions
  taxCategory: string
  locations: readonly { locationId: string; quantity: number; backordered: number }[]
}

export type Reservation = {
  reservationId: string
  state: ReservationState
  currency: string
  priceListKey: string
  orderId: string | undefined
  expireAt: Temporal.Instant
  lines: readonly ReservedLine[]
}

/** Units of a reservation at one location; `locationId` is empty for what is not counted. */
export type HeldUnits = {
  reservationId: string
  variantId: string
  locationId: string
  state: LineState
  quantity: bigint
  backordered: bigint
  restocked: bigint
}

/** What a reservation has come to, given what became of its units. */
export function stateOf(state: ReservationState, units: readonly HeldUnits[]): ReservationState {
  return state === 'open' && units.some((each) => each.state === 'released') ? 'expired' : state
}

/** Gives back units that are held; those of others are left. */
export function release(work: StockWork, units: readonly HeldUnits[], reason: string): HeldUnits[] {
  const held = units.filter(({ state }) => state === 'held')
  for (const each of held) {
    if (each.locationId === '') continue
    const { quantity, backordered, reservationId } = each
    const change = { onHand: 0n, reserved: -quantity, backordered: -backordered, owed: 0n }
    work.move(each, change, { kind: 'released', reservationId, reason })
  }
  return held
}

/**
 * Sells units that are held. Of those that were promised beyond what was there, as many as are there
 * and free by now are taken; the rest is owed.
 */
export function sell(work: StockWork, units: readonly HeldUnits[], orderId: string): void {
  for (const each of units) {
    if (each.locationId === '') continue
    const { quantity, backordered, reservationId } = each
    const taken = lesser(backordered, freeAt(work.level(each)))
    const change = {
      onHand: -quantity - taken,
      reserved: -quantity,
      backordered: -backordered,
      owed: backordered - taken,
    }
    work.move(each, change, {
      kind: 'sold',
      reservationId,
      orderId,
    } satisfies Partial<StockMovement>)
  }
}

const freeAt = ({ onHand, reserved }: StockLevel) => onHand - reserved
const lesser = (a: bigint, b: bigint) => (a < b ? a : b)
