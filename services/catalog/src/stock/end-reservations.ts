import type { Tx } from '@purser/postgres'
import { type HeldUnits, release } from '../domain/reservation.ts'
import { StockWork } from '../domain/stock-work.ts'
import { publishStockLow } from '../events.ts'
import { endReservations, findReservations } from '../store/reservation.ts'
import { lockStockOfReservations } from '../store/stock.ts'
import { changesOf } from './write-work.ts'

/** Ends open reservations whose time is over, and gives back what they hold. */
export async function expireReservations(
  tx: Tx,
  tenantId: string,
  reservationIds: readonly string[],
  now: Temporal.Instant,
): Promise<void> {
  const work = new StockWork(await lockStockOfReservations(tx, tenantId, reservationIds))
  const found = await findReservations(tx, tenantId, reservationIds)
  const due = found.filter(
    ({ reservation: { state, expireAt } }) =>
      state === 'open' && Temporal.Instant.compare(expireAt, now) <= 0,
  )
  if (due.length === 0) return
  await giveBack(tx, tenantId, due, { work, now, state: 'expired' })
}

/** Ends locked reservations with what they hold given back. */
export async function giveBack(
  tx: Tx,
  tenantId: string,
  ended: readonly { reservation: { reservationId: string }; units: readonly HeldUnits[] }[],
  { work, now, state }: { work: StockWork; now: Temporal.Instant; state: 'released' | 'expired' },
): Promise<void> {
  for (const { units } of ended) release(work, units, state)
  const reservationIds = ended.map(({ reservation }) => reservation.reservationId)
  const stock = changesOf(work)
  await endReservations(tx, tenantId, { reservationIds, state, stock, endedAt: now })
  await publishStockLow(tx, tenantId, work.newlyLow(), now)
}
