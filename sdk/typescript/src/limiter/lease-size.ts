const SMALLEST = 16

/**
 * How many units to borrow: twice as many as last time while leases are used up before their time, otherwise twice
 * what was used. From 16 to `largest`.
 */
export class LeaseSize {
  readonly #largest: number
  #lastGranted = 0
  #used = 0

  constructor(largest: number) {
    this.#largest = largest
  }

  use(units: number): void {
    this.#used += units
  }

  /** The next wish; `wanted` units are being waited for. */
  next(wanted: number): number {
    const ranLow = this.#used * 2 >= this.#lastGranted
    const fitting = 2 * (ranLow ? this.#lastGranted : this.#used)
    return Math.min(this.#largest, Math.max(SMALLEST, fitting, wanted))
  }

  /** Units left at which the next lease is borrowed. */
  get lowWater(): number {
    return this.#lastGranted / 2
  }

  granted(quantity: number): void {
    this.#lastGranted = quantity
    this.#used = 0
  }
}
