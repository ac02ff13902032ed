import type { Tx } from '@purser/postgres'
import type { HeldUnits, Reservation } from '../domain/reservation.ts'
import { StockWork } from '../domain/stock-work.ts'
import { levelKey } from '../domain/stock-level.ts'
import { findReservations } from '../store/reservation.ts'
import { lockStockOfReservations } from '../store/stock.ts'

/** The reservation was made after its levels were looked for: none is locked, and the work has to begin anew. */
export class ReservedMeanwhile extends Error {
  constructor() {
    super('the reservation was made in the meantime')
    this.name = 'ReservedMeanwhile'
  }
}

/**
 * A reservation with its units, or undefined, and its levels: these are locked before the reservation, as
 * everywhere. Throws ReservedMeanwhile.
 */
export async function lockReservation(
  tx: Tx,
  tenantId: string,
  reservationId: string,
): Promise<{
  work: StockWork
  found: { reservation: Reservation; units: HeldUnits[] } | undefined
}> {
  const levels = await lockStockOfReservations(tx, tenantId, [reservationId])
  const [found] = await findReservations(tx, tenantId, [reservationId])
  const locked = new Set(levels.map(levelKey))
  const isLocked = (unit: HeldUnits) => unit.locationId === '' || locked.has(levelKey(unit))
  if (found && !found.units.every(isLocked)) throw new ReservedMeanwhile()
  return { work: new StockWork(levels), found }
}
