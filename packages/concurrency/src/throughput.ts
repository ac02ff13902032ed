/** A clock that only moves forward, in milliseconds from any fixed point: `performance.now`. */
export type MonotonicClock = () => number

export type ThroughputStats = { count: number; elapsedMs: number; perSecond: number }

/** Counts processed items against a monotonic clock: the figures a run reports about itself. */
export class Throughput {
  readonly #nowMs: MonotonicClock
  readonly #startedMs: number
  #finishedMs: number | undefined
  #count = 0

  /** The measurement begins here. */
  constructor(nowMs: MonotonicClock = () => performance.now()) {
    this.#nowMs = nowMs
    this.#startedMs = nowMs()
  }

  /** Counts `items` (from 0) more. */
  add(items = 1): void {
    this.#count += items
  }

  /** Stops the clock; later calls change nothing. */
  finish(): void {
    this.#finishedMs ??= this.#nowMs()
  }

  get count(): number {
    return this.#count
  }

  /** Milliseconds, with fractions, from the construction to `finish` or to now. */
  get elapsedMs(): number {
    return (this.#finishedMs ?? this.#nowMs()) - this.#startedMs
  }

  /** Items a second, unrounded; 0 while no time has passed. */
  get perSecond(): number {
    return this.stats().perSecond
  }

  /** The three figures of one moment. */
  stats(): ThroughputStats {
    const elapsedMs = this.elapsedMs
    const perSecond = elapsedMs > 0 ? (this.#count * 1000) / elapsedMs : 0
    return { count: this.#count, elapsedMs, perSecond }
  }
}
