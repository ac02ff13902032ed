import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { release, type Reservation, stateOf } from '../domain/reservation.ts'
import { type Offer, reserveLines, type WantedLine } from '../domain/reserve.ts'
import { StockWork } from '../domain/stock-work.ts'
import { publishStockLow } from '../events.ts'
import { findOffers } from '../store/offer.ts'
import { findReservations, insertReservation } from '../store/reservation.ts'
import { lockStockOfVariants } from '../store/stock.ts'
import { changesOf } from './write-work.ts'

/** What a caller wants to reserve. */
export type ReserveRequest = {
  reservationId: string
  currency: string
  priceListKey: string
  lines: readonly WantedLine[]
  expireAt: Temporal.Instant
}

const messages = {
  'catalog.not_for_sale': 'Something in the order is not for sale.',
  'catalog.price_missing': 'Something in the order has no price in this currency.',
  'catalog.out_of_stock': 'Something in the order is out of stock.',
} as const

/**
 * Reserves everything or nothing, in three statements: lock the levels, read what is offered and what has
 * expired, write. Statements see what others committed while the first one waited. Fails with a unique
 * violation of `reservation_pkey` when the id is used meanwhile. Throws `catalog.not_for_sale`,
 * `catalog.price_missing`, `catalog.out_of_stock` and what `requireSame` throws.
 */
export async function reserveStock(
  tx: Tx,
  tenantId: string,
  request: ReserveRequest,
  now: Temporal.Instant,
): Promise<Reservation> {
  const { reservationId, currency, priceListKey, lines, expireAt } = request
  const variantIds = lines.map(({ variantId }) => variantId)
  const locked = await lockStockOfVariants(tx, tenantId, variantIds)
  const known = await findOffers(tx, tenantId, {
    variantIds,
    currency,
    priceListKey,
    now,
    reservationId,
  })
  if (known.isUsed) return await answerAgain(tx, tenantId, request)
  const work = new StockWork(locked.map(({ level }) => level))
  // Only what is needed: a late commit succeeds as long as nobody needed its units.
  const wanted = new Map(lines.map((line) => [line.variantId, BigInt(line.quantity)]))
  const freed = known.offers.flatMap(({ offer, expired, available }) =>
    available < (wanted.get(offer.variantId) ?? 0n) ? release(work, expired, 'expired') : [],
  )
  const offers = new Map<string, Offer>(known.offers.map(({ offer }) => [offer.variantId, offer]))
  const outcome = reserveLines(work, lines, { offers, places: placesOf(locked), reservationId })
  if (outcome.kind === 'refused') {
    throw new PurserError(outcome.code, messages[outcome.code], { fields: outcome.fields })
  }
  const reservation: Reservation = {
    reservationId,
    state: 'open',
    currency,
    priceListKey,
    orderId: undefined,
    expireAt,
    lines: outcome.lines,
  }
  await publishStockLow(tx, tenantId, work.newlyLow(), now)
  // Committed along with it: until then, everybody who wants the same goods waits.
  await insertReservation(tx, tenantId, reservation, {
    stock: changesOf(work),
    freed,
    createdAt: now,
  })
  return reservation
}

/** Locations of each variant, the lowest position first. */
function placesOf(locked: Awaited<ReturnType<typeof lockStockOfVariants>>): Map<string, string[]> {
  const inOrder = locked.toSorted((a, b) => a.position - b.position)
  const byVariant = Map.groupBy(inOrder, ({ level }) => level.variantId)
  return new Map(
    [...byVariant].map(([id, levels]) => [id, levels.map(({ level }) => level.locationId)]),
  )
}

async function answerAgain(
  tx: Tx,
  tenantId: string,
  request: ReserveRequest,
): Promise<Reservation> {
  const [found] = await findReservations(tx, tenantId, [request.reservationId])
  if (found === undefined) throw new Error('a reservation that was seen is gone')
  const { reservation, units } = found
  requireSame(reservation, request)
  return { ...reservation, state: stateOf(reservation.state, units) }
}

/**
 * Throws `catalog.reservation_ended` for an id that was released before it was reserved, and
 * `catalog.reservation_mismatch` for one that was used for something else.
 */
function requireSame(reservation: Reservation, request: ReserveRequest): void {
  if (reservation.lines.length === 0) {
    throw new PurserError('catalog.reservation_ended', 'The reservation was released before.')
  }
  const isSame =
    reservation.currency === request.currency &&
    reservation.priceListKey === request.priceListKey &&
    JSON.stringify(wantedOf(reservation.lines)) === JSON.stringify(wantedOf(request.lines))
  if (isSame) return
  const message = 'The id was used to reserve something else.'
  throw new PurserError('catalog.reservation_mismatch', message)
}

const wantedOf = (lines: readonly WantedLine[]) =>
  lines.map(({ variantId, quantity }) => [variantId, quantity])
