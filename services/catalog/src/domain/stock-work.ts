import { assert } from '@purser/kernel'
import {
  changed,
  levelKey,
  type StockChange,
  type StockLevel,
  type StockMovement,
} from './stock-level.ts'

/**
 * Levels under their locks, and what is done to them: the changes of one transaction, to be written at
 * once.
 */
export class StockWork {
  readonly #before = new Map<string, StockLevel>()
  readonly #now = new Map<string, StockLevel>()
  readonly movements: StockMovement[] = []

  constructor(levels: readonly StockLevel[]) {
    for (const level of levels) {
      this.#before.set(levelKey(level), level)
      this.#now.set(levelKey(level), level)
    }
  }

  /** A level as it is by now. */
  level(place: { variantId: string; locationId: string }): StockLevel {
    const level = this.#now.get(levelKey(place))
    assert(level, () => `no level ${levelKey(place)} is locked`)
    return level
  }

  /** Changes a level, with an entry of the ledger. A change that breaks a counter's bounds is a bug. */
  move(
    place: { variantId: string; locationId: string },
    change: StockChange,
    entry: Pick<StockMovement, 'kind'> & Partial<StockMovement>,
  ): void {
    const level = changed(this.level(place), change)
    assert(
      level.reserved >= 0n &&
        level.reserved <= level.onHand &&
        level.backordered >= 0n &&
        level.owed >= 0n,
      () => `stock of ${levelKey(place)} cannot move so`,
    )
    this.#now.set(levelKey(place), level)
    const { variantId, locationId } = place
    const about = { reservationId: undefined, orderId: undefined, reason: '' }
    this.movements.push({ ...about, ...entry, ...change, variantId, locationId })
  }

  /** Levels that are others than they were, by variant and location. */
  changedLevels(): StockLevel[] {
    return [...this.#now].flatMap(([key, level]) =>
      this.#before.get(key) === level ? [] : [level],
    )
  }

  /** Levels whose availability fell to the threshold by this work. */
  newlyLow(): StockLevel[] {
    return this.changedLevels().filter(
      (level) => level.isLow && this.#before.get(levelKey(level))?.isLow === false,
    )
  }
}
