import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { WantedLine } from '../domain/reserve.ts'
import { putBack } from '../domain/restock.ts'
import { StockWork } from '../domain/stock-work.ts'
import {
  countRestocked,
  findReservationsOfOrder,
  findRestock,
  findSoldUnits,
  insertRestock,
} from '../store/restock.ts'
import { lockStockOfReservations } from '../store/stock.ts'
import { writeWork } from './write-work.ts'

/** What comes back from an order. */
export type RestockRequest = { restockId: string; orderId: string; lines: readonly WantedLine[] }

/**
 * Puts back units of an order, once an id; false when an earlier call with the id did. Throws
 * `catalog.nothing_to_restock` when more comes back than the order took, and
 * `catalog.reservation_mismatch` for an id that was used for something else.
 */
export async function restock(
  tx: Tx,
  tenantId: string,
  request: RestockRequest,
  now: Temporal.Instant,
): Promise<boolean> {
  const { restockId, orderId, lines } = request
  if (!(await insertRestock(tx, tenantId, { restockId, orderId, lines, createdAt: now }))) {
    requireSame(await findRestock(tx, tenantId, restockId), request)
    return false
  }
  const reservationIds = await findReservationsOfOrder(tx, tenantId, orderId)
  const work = new StockWork(await lockStockOfReservations(tx, tenantId, reservationIds))
  const sold = await findSoldUnits(tx, tenantId, reservationIds)
  const { returned, violations } = putBack(work, lines, { sold, orderId })
  if (violations.length > 0) {
    const message = 'More comes back than the order took.'
    throw new PurserError('catalog.nothing_to_restock', message, { fields: violations })
  }
  await countRestocked(tx, tenantId, returned)
  await writeWork(tx, tenantId, work, now)
  return true
}

function requireSame(done: Awaited<ReturnType<typeof findRestock>>, request: RestockRequest): void {
  const content = ({ orderId, lines }: Pick<RestockRequest, 'orderId' | 'lines'>) =>
    JSON.stringify([orderId, lines.map(({ variantId, quantity }) => [variantId, quantity])])
  if (done && content(done) === content(request)) return
  const message = 'The id was used to put back something else.'
  throw new PurserError('catalog.reservation_mismatch', message)
}
