/** A share of a limit that is used up. */
export type UsageAlert = {
  accountId: string
  featureKey: string
  limitKey: string
  /** The share, in percent of the limit. */
  percent: number
  /** Units that count now. */
  used: bigint
  /** Units of each window. */
  limit: bigint
  /** Of a rolling window, its length before the decision. */
  windowStart: Temporal.Instant
  /** When the window turns; of a rolling one, when units come back next. */
  reset: Temporal.Instant | undefined
  /** By the clock of the database. */
  decidedAt: Temporal.Instant
}
