import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import {
  isLowAt,
  type MovementKind,
  type StockChange,
  type StockLevel,
} from '../domain/stock-level.ts'
import { StockWork } from '../domain/stock-work.ts'
import { publishStockLow } from '../events.ts'
import { lockStockOfVariants, openLevels, writeStock } from '../store/stock.ts'
import { listStock } from '../store/stock-list.ts'
import { changesOf } from './write-work.ts'

/** A level that an operator speaks of, and what they say of it. */
export type LevelChange = {
  variantId: string
  locationId: string
  /** How the level changes, given what it is. */
  change(level: StockLevel): StockChange
  /** As before when undefined. */
  lowStockThreshold: bigint | undefined
  /** Why, unless it is the first count. */
  kind: MovementKind
  reason: string
}

/** Most units at a level; the table holds the same. */
const MOST_UNITS = 1_000_000_000_000n

/**
 * Changes a level by hand, opening it when it is new; a change by nothing writes no movement. Throws
 * `resource.not_found` for an unknown variant or location, `catalog.out_of_stock` for taking away more than
 * is there, `catalog.stock_reserved` when less would be there than is reserved, and `request.invalid` for more than 10^12 units.
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
  const by = change.change(before)
  requireRoom(before, before.onHand + by.onHand)
  const kind = isNew ? 'initial' : change.kind
  if (isNew || by.onHand !== 0n || by.owed !== 0n)
    work.move(before, by, { kind, reason: change.reason })
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

function requireRoom({ onHand: before, reserved }: StockLevel, onHand: bigint): void {
  if (onHand < 0n) {
    throw new PurserError('catalog.out_of_stock', `No more than ${before} units are there.`)
  }
  if (onHand < reserved) {
    const message = `${reserved} units are reserved: no less can be there.`
    throw new PurserError('catalog.stock_reserved', message)
  }
  if (onHand <= MOST_UNITS) return
  throw new PurserError('request.invalid', `At most ${MOST_UNITS} units can be there.`)
}
