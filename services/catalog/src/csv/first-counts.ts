import type { Tx } from '@purser/postgres'
import { inflow, levelKey } from '../domain/stock-level.ts'
import { StockWork } from '../domain/stock-work.ts'
import { writeWork } from '../stock/write-work.ts'
import { lockStockOfVariants, openLevels } from '../store/stock.ts'

/** Units of a variant at a location that a file tells of. */
export type FirstCount = { variantId: string; locationId: string; units: bigint }

/**
 * Opens levels with their first count. Levels that are open stay as they are: what was sold since a file
 * was written must not come back by reading it again.
 */
export async function firstCounts(
  tx: Tx,
  tenantId: string,
  counts: readonly FirstCount[],
  now: Temporal.Instant,
): Promise<void> {
  if (counts.length === 0) return
  const opened = new Set((await openLevels(tx, tenantId, counts)).map(levelKey))
  const fresh = counts.filter((count) => opened.has(levelKey(count)))
  if (fresh.length === 0) return
  const variantIds = [...new Set(fresh.map(({ variantId }) => variantId))]
  const locked = await lockStockOfVariants(tx, tenantId, variantIds)
  const work = new StockWork(locked.map(({ level }) => level))
  for (const count of fresh) {
    const change = inflow(work.level(count), count.units)
    work.move(count, change, { kind: 'initial', reason: 'import' })
  }
  await writeWork(tx, tenantId, work, now)
}
