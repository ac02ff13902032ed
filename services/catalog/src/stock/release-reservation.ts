import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { type Reservation, stateOf } from '../domain/reservation.ts'
import { insertReservation } from '../store/reservation.ts'
import { giveBack } from './end-reservations.ts'
import { lockReservation } from './lock-reservation.ts'

/**
 * Gives back what is reserved; again it changes nothing. An id without a reservation is kept as
 * released; fails with a unique violation of `reservation_pkey` when it is used meanwhile. Throws
 * `catalog.reservation_ended` for a committed one, and ReservedMeanwhile.
 */
export async function releaseReservation(
  tx: Tx,
  tenantId: string,
  reservationId: string,
  now: Temporal.Instant,
): Promise<Reservation> {
  const { work, found } = await lockReservation(tx, tenantId, reservationId)
  if (found === undefined) return await keepReleased(tx, tenantId, reservationId, now)
  const { reservation, units } = found
  if (reservation.state === 'committed') {
    const message = 'The reservation is committed: its units are sold.'
    throw new PurserError('catalog.reservation_ended', message, { details: { state: 'committed' } })
  }
  if (reservation.state !== 'open') return reservation
  const state = stateOf(reservation.state, units) === 'expired' ? 'expired' : 'released'
  await giveBack(tx, tenantId, [found], { work, now, state })
  return { ...reservation, state }
}

async function keepReleased(
  tx: Tx,
  tenantId: string,
  reservationId: string,
  now: Temporal.Instant,
): Promise<Reservation> {
  const reservation: Reservation = {
    reservationId,
    state: 'released',
    currency: '',
    priceListKey: '',
    orderId: undefined,
    expireAt: now,
    lines: [],
  }
  const stock = { levels: [], movements: [] }
  await insertReservation(tx, tenantId, reservation, { stock, freed: [], createdAt: now })
  return reservation
}
