import type { Clock } from './clock.ts'

/** Share of its life that a lease is not used, since clocks of machines do not run equally fast. */
const DRIFT_SHARE = 0.001
/** And milliseconds of it, since clocks are read in steps. */
const MARGIN_MS = 2

/** When a wish for a lease left, by both clocks. */
export type Departure = { readonly monotonicMs: number; readonly wallMs: number }

export function departure(clock: Clock): Departure {
  return { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() }
}

/**
 * Units that this node may use by itself, until they are used or their time is over. The time is counted from when
 * the wish for them left, which is before the service decided: so the end here is never later than the end there,
 * however long the answer took. Whichever of the two clocks is ahead counts.
 */
export class Lease {
  readonly id: string
  /** Units lent. */
  readonly quantity: number
  /** First moment, by either clock, at which no unit may be used. */
  readonly #endMs: number
  readonly #wallEndMs: number
  readonly #clock: Clock
  #left: number
  #used = 0
  #reported = 0
  #sequence = 0
  #isReturning = false

  constructor(
    granted: { id: string; quantity: number; expiresInMs: number },
    { left, clock }: { left: Departure; clock: Clock },
  ) {
    this.id = granted.id
    this.quantity = granted.quantity
    this.#left = granted.quantity
    const lifeMs = granted.expiresInMs * (1 - DRIFT_SHARE) - MARGIN_MS
    this.#endMs = left.monotonicMs + lifeMs
    this.#wallEndMs = left.wallMs + lifeMs
    this.#clock = clock
  }

  /** Units that may still be used, at the monotonic moment `nowMs`; 0 when the time is over. */
  leftAt(nowMs: number): number {
    if (nowMs < this.#endMs && this.#clock.wallMs() < this.#wallEndMs) return this.#left
    // Also a clock that was put back does not bring units back.
    this.#left = 0
    return 0
  }

  /** By the monotonic clock. */
  get endMs(): number {
    return this.#endMs
  }

  /** Uses units, no more than `leftAt` just answered. */
  use(units: number): void {
    this.#left -= units
    this.#used += units
  }

  /** Whether nothing more will be used. */
  isSpentAt(nowMs: number): boolean {
    return this.leftAt(nowMs) === 0
  }

  /** Whether units were used that were not reported. */
  get isUnreported(): boolean {
    return this.#used > this.#reported
  }

  /** Units used that were not reported. */
  get unreported(): number {
    return this.#used - this.#reported
  }

  /**
   * The next report of what was used so far; as `isFinal` nothing more is used from now on, and the report keeps its
   * number, so that sending it again changes nothing.
   */
  report(isFinal: boolean): { lease_id: string; sequence: number; used_quantity: number } {
    if (!this.#isReturning) this.#sequence += 1
    if (isFinal) {
      this.#isReturning = true
      this.#left = 0
    }
    return { lease_id: this.id, sequence: this.#sequence, used_quantity: this.#used }
  }

  /** A report was answered. */
  wasReported(units: number): void {
    this.#reported = Math.max(this.#reported, units)
  }
}
