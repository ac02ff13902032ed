import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { inflow, isLowAt, type MovementKind, type StockLevel } from '../domain/stock-level.ts'
import { StockWork } from '../domain/stock-work.ts'
import { publishStockLow } from '../events.ts'
import { lockStockOfVariants, openLevels } from '../store/stock.ts'
import { listStock } from '../store/stock-list.ts'
import { changesOf } from './write-work.ts'
import { writeStock } from '../store/stock.ts'

/** A level that an operator speaks of, and what they say of it. */
export type LevelChange = {
  variantId: string
  locationId: string
  /** Units to add, given those on hand; negative to take away. */
  delta(level: StockLevel): bigint
  /** As before when undefined. */
  lowStockThreshold: bigint | undefined
  kind: (delta: bigint) => MovementKind
  reason: string
}

/**
 * Changes a level by hand, opening it when it is new; a change by nothing writes no movement. Throws
 * `resource.not_found` for an unknown variant or location, `catalog.stock_reserved` when less would be
 * there than is reserved.
 */
export async function changeLevel(
  tx: Tx,
  tenantId: string,
  change: LevelChange,
  now: Temporal.Instant,
): Promise<StockLevel & { sku: string }> {
  const { variantId, locationId } = change
  const isNew = (await openLevels(tx, tenantId, [change])).length > 0
  const locked = await lockStockOfVariants(tx, tenantId, [variantId])
  const before = locked.find(({ level }) => level.locationId === locationId)?.level
  if (before === undefined) {
    throw new PurserError('resource.not_found', 'There is no such variant or location.')
  }
  const lowStockThreshold = change.lowStockThreshold ?? before.lowStockThreshold
  const work = new StockWork([{ ...before, lowStockThreshold }])
  const delta = change.delta(before)
  if (before.onHand + delta < before.reserved) {
    const message = `${before.reserved} units are reserved: no less can be there.`
    throw new PurserError('catalog.stock_reserved', message)
  }
  const kind = isNew ? 'initial' : change.kind(delta)
  if (delta > 0n) work.move(before, inflow(before, delta), { kind, reason: change.reason })
  else if (delta < 0n || isNew) {
    const out = { onHand: delta, reserved: 0n, backordered: 0n, owed: 0n }
    work.move(before, out, { kind, reason: change.reason })
  }
  const after = work.level(before)
  const isLow = isLowAt(after)
  const { movements } = changesOf(work)
  await writeStock(tx, tenantId, { levels: [{ ...after, isLow }], movements }, now)
  await publishStockLow(tx, tenantId, isLow && !before.isLow ? [after] : [], now)
  const question = { variantId, locationId, onlyLow: false, after: ['', ''] as const, limit: 1 }
  const [listed] = await listStock(tx, tenantId, question)
  if (listed === undefined) throw new Error('a level that was written is gone')
  return listed
}
