import type { Tx } from '@purser/postgres'
import type { StockWork } from '../domain/stock-work.ts'
import { publishStockLow } from '../events.ts'
import { writeStock } from '../store/stock.ts'

/** What a transaction did to stock, as its statement wants it. */
export function changesOf(work: StockWork) {
  return { levels: work.changedLevels(), movements: work.movements }
}

/** Writes what was done to stock, and tells what is low by it. */
export async function writeWork(
  tx: Tx,
  tenantId: string,
  work: StockWork,
  now: Temporal.Instant,
): Promise<void> {
  await writeStock(tx, tenantId, changesOf(work), now)
  await publishStockLow(tx, tenantId, work.newlyLow(), now)
}
