import type { BucketSize, RateLimitStore, Take } from './rate-limit-store.ts'
import { decide, takeOf } from './token-bucket.ts'

const MAX_BUCKETS = 100_000

/** Full buckets are looked for so often at most when there is no room, and so often when there is. */
const CROWDED_SWEEP_MS = 1_000
const SWEEP_MS = 60_000

/**
 * Buckets in memory, each as the moment at which it will be full, so that one which is full says nothing and is
 * dropped. No other one ever is: filling the store with keys forgives nobody. While it has no room, keys without a
 * bucket share one.
 */
export class MemoryRateLimitStore implements RateLimitStore {
  readonly #maxBuckets: number
  readonly #fullAtMs = new Map<string, number>()
  #sweptAtMs = Number.NEGATIVE_INFINITY

  /** `maxBuckets` from 1; 100,000 unless given. */
  constructor({ maxBuckets = MAX_BUCKETS }: { maxBuckets?: number } = {}) {
    this.#maxBuckets = maxBuckets
  }

  /** Buckets that are not full, as far as it was noticed. */
  get size(): number {
    return this.#fullAtMs.size
  }

  take(key: string, size: BucketSize, cost: number, nowMs: number): Take {
    const { capacity, refillPerSecond } = size
    this.#sweep(nowMs)
    const place = this.#placeOf(key, capacity)
    const msPerToken = 1_000 / refillPerSecond
    const fullAtMs = Math.max(nowMs, this.#fullAtMs.get(place) ?? nowMs)
    const decision = decide(capacity - (fullAtMs - nowMs) / msPerToken, cost)
    if (decision.allowed && cost > 0) this.#fullAtMs.set(place, fullAtMs + cost * msPerToken)
    return takeOf(size, cost, decision)
  }

  #placeOf(key: string, capacity: number): string {
    if (this.#fullAtMs.has(key) || this.#fullAtMs.size < this.#maxBuckets) return key
    return `overflow:${capacity}`
  }

  #sweep(nowMs: number): void {
    const isCrowded = this.#fullAtMs.size >= this.#maxBuckets
    const pauseMs = isCrowded ? CROWDED_SWEEP_MS : SWEEP_MS
    if (nowMs - this.#sweptAtMs < pauseMs) return
    this.#sweptAtMs = nowMs
    for (const [key, fullAtMs] of this.#fullAtMs) {
      if (fullAtMs <= nowMs) this.#fullAtMs.delete(key)
    }
  }
}
