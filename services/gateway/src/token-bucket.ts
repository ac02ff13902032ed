import type { BucketSize, Take } from './rate-limit-store.ts'

/** Tokens come back in fractions: less than this is a rounding error. */
export const EPSILON = 1e-6

/** What taking `cost` tokens of a bucket that holds `tokens` comes to. */
export type Decision = { allowed: boolean; tokens: number }

/** Takes `cost` tokens, all or none; see `RateLimitStore`. The Lua text of `redis-buckets.ts` says the same. */
export function decide(tokens: number, cost: number): Decision {
  const allowed = tokens + EPSILON >= Math.max(1, cost)
  return { allowed, tokens: allowed ? tokens - cost : tokens }
}

/** A decision in whole tokens and seconds. */
export function takeOf(
  { capacity, refillPerSecond }: BucketSize,
  cost: number,
  { allowed, tokens }: Decision,
): Take {
  const secondsUntil = (wanted: number) => Math.ceil((wanted - tokens) / refillPerSecond - EPSILON)
  return {
    allowed,
    remaining: Math.max(0, Math.floor(tokens + EPSILON)),
    resetSeconds: Math.max(0, secondsUntil(capacity)),
    retryAfterSeconds: allowed ? 0 : Math.max(1, secondsUntil(Math.max(1, cost))),
  }
}
