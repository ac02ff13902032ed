export type IntervalUnit = 'month' | 'year'

/**
 * The contract's `PlanTerms` in its JSON form, every default written out: snake_case, decimals as
 * strings. Nothing here looks inside; what the rules need of it stands beside it.
 */
export type TermsJson = Readonly<Record<string, unknown>>

/** One version of a plan. It never changes: subscriptions stay on theirs. */
export type PlanVersion = {
  planKey: string
  /** From 1, without gaps. */
  version: number
  intervalUnit: IntervalUnit
  /** Units in a billing period, from 1. */
  intervalCount: number
  /** Meters that its prices read, each once, in order. */
  meterKeys: readonly string[]
  /** Features that it entitles to, each once, in order. */
  featureKeys: readonly string[]
  terms: TermsJson
  createdAt: Temporal.Instant
}
