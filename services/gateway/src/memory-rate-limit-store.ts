import type { BucketSize, RateLimitStore, Take } from './rate-limit-store.ts'

const MAX_BUCKETS = 100_000

/** Full buckets are looked for so often at most when there is no room, and so often when there is. */
const CROWDED_SWEEP_MS = 1_000
const SWEEP_MS = 60_000

/** Tokens come back in fractions: less than this is a rounding error. */
const EPSILON = 1e-6

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

  take(key: string, { capacity, refillPerSecond }: BucketSize, cost: number, nowMs: number): Take {
    this.#sweep(nowMs)
    const place = this.#placeOf(key, capacity)
    const msPerToken = 1_000 / refillPerSecond
    const fullAtMs = Math.max(nowMs, this.#fullAtMs.get(place) ?? nowMs)
    const tokens = capacity - (fullAtMs - nowMs) / msPerToken
    const needed = Math.max(1, cost)
    const allowed = tokens + EPSILON >= needed
    const taken = allowed ? cost : 0
    const newFullAtMs = fullAtMs + taken * msPerToken
    if (taken > 0) this.#fullAtMs.set(place, newFullAtMs)
    return {
      allowed,
      remaining: Math.max(0, Math.floor(tokens - taken + EPSILON)),
      resetSeconds: Math.ceil((newFullAtMs - nowMs) / 1_000 - EPSILON),
      retryAfterSeconds: allowed
        ? 0
        : Math.max(1, Math.ceil((needed - tokens) / refillPerSecond - EPSILON)),
    }
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
