import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { type Reservation, sell, stateOf } from '../domain/reservation.ts'
import { publishStockLow } from '../events.ts'
import { endReservations } from '../store/reservation.ts'
import { lockReservation } from './lock-reservation.ts'
import { changesOf } from './write-work.ts'

/**
 * Sells what is reserved to an order; again for the same order it changes nothing. Throws
 * `resource.not_found`, `catalog.reservation_ended` when any unit is no longer held, and ReservedMeanwhile.
 */
export async function commitReservation(
  tx: Tx,
  tenantId: string,
  { reservationId, orderId }: { reservationId: string; orderId: string },
  now: Temporal.Instant,
): Promise<Reservation> {
  const { work, found } = await lockReservation(tx, tenantId, reservationId)
  if (found === undefined)
    throw new PurserError('resource.not_found', 'There is no such reservation.')
  const { reservation, units } = found
  if (reservation.state === 'committed' && reservation.orderId === orderId) return reservation
  const state = stateOf(reservation.state, units)
  if (state !== 'open') {
    const message = `The reservation is ${state}, and its units may be sold.`
    throw new PurserError('catalog.reservation_ended', message, { details: { state } })
  }
  sell(work, units, orderId)
  const reservationIds = [reservationId]
  const stock = changesOf(work)
  await publishStockLow(tx, tenantId, work.newlyLow(), now)
  const end = { reservationIds, state: 'committed', orderId, stock, endedAt: now } as const
  // Committed along with it: until then, everybody who wants the same goods waits.
  await endReservations(tx, tenantId, end, { isLast: true })
  return { ...reservation, state: 'committed', orderId }
}
