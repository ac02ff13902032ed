/**
 * A counted set of slots, handed out first come, first served.
 *
 * A freed slot goes straight to the oldest waiter, so a newcomer never overtakes: no waiter starves.
 * A `Set` keeps the order of arrival and lets a waiter leave from the middle in constant time.
 */
export class Slots {
  readonly #max: number
  readonly #waiters = new Set<() => void>()
  #taken = 0

  /** `max`: how many slots there are, an integer from 1. */
  constructor(max: number) {
    this.#max = max
  }

  /** Slots held now, 0 to max. */
  get taken(): number {
    return this.#taken
  }

  /** Whether `take` would resolve without waiting. */
  get free(): boolean {
    return this.#taken < this.#max
  }

  /** How many callers of `take` wait now. */
  get waiting(): number {
    return this.#waiters.size
  }

  /** Resolves once a slot is the caller's; rejects with the reason of `signal` if that comes first. */
  take(signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason)
    if (this.free) {
      this.#taken += 1
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiters.delete(admit)
        reject(signal?.reason)
      }
      const admit = (): void => {
        signal?.removeEventListener('abort', leave)
        resolve()
      }
      this.#waiters.add(admit)
      signal?.addEventListener('abort', leave, { once: true })
    })
  }

  /** Gives a slot back: to the oldest waiter if there is one. */
  release(): void {
    const [oldest] = this.#waiters
    if (oldest === undefined) {
      this.#taken -= 1
      return
    }
    this.#waiters.delete(oldest)
    oldest()
  }
}
