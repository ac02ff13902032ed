/** After so long the service is asked for a lease again: it may have been started with other counters. */
const ASK_AGAIN_MS = 60_000

/**
 * Whether the service lends units, as one limiter knows. Where its limits are counted in Redis it does not: then it is
 * asked for each decision.
 */
export class Lending {
  readonly #onRefused: (reason: unknown) => void
  #isTold = false
  #askAgainMs = Number.NEGATIVE_INFINITY

  /** `onRefused` is told once, until the service has lent units again. */
  constructor(onRefused: (reason: unknown) => void) {
    this.#onRefused = onRefused
  }

  /** Whether nobody should ask for a lease now. */
  isRefusedAt(nowMs: number): boolean {
    return nowMs < this.#askAgainMs
  }

  /** The service lends no units. */
  refuse(nowMs: number, reason: unknown): void {
    this.#askAgainMs = nowMs + ASK_AGAIN_MS
    if (this.#isTold) return
    this.#isTold = true
    this.#onRefused(reason)
  }

  /** The service lent units. */
  resume(): void {
    this.#isTold = false
    this.#askAgainMs = Number.NEGATIVE_INFINITY
  }
}
