/** A token bucket: holds up to `capacity` tokens, of which `refillPerSecond` come back by and by. */
export type BucketSize = { capacity: number; refillPerSecond: number }

/** What became of a request for tokens. */
export type Take = {
  allowed: boolean
  /** Whole tokens left. */
  remaining: number
  /** Whole seconds, rounded up, until the bucket is full. */
  resetSeconds: number
  /** Whole seconds, rounded up and at least 1, until the same request is allowed; 0 when it is. */
  retryAfterSeconds: number
}

/** Where buckets live: in this process, or in a store that several gateways share. */
export type RateLimitStore = {
  /**
   * Takes `cost` tokens of a bucket, all or none; a bucket that is not known is full. A cost of 0 takes nothing
   * and tells whether a cost of 1 would be allowed. `nowMs` are milliseconds that never go back.
   */
  take(key: string, size: BucketSize, cost: number, nowMs: number): Take | Promise<Take>
}
