import type { TouchedFeature } from '../alerts/touched-usage.ts'
import type { UsageBatch } from './usage-batch.ts'
import type { FeatureUnits, UsageAnswer } from './usage-request.ts'

/**
 * Where units are counted. An answer of `decide` means that what was admitted is in the usage log, for good. Throws
 * `platform.unavailable` when it cannot decide, `metering.counters_elsewhere` when the counters of the tenant are kept
 * by the other implementation: a counter is never in two places.
 */
export type UsageCounters = {
  /** Whether units can be held before they are used: by reservations and leases. */
  readonly holdsUnits: boolean
  /**
   * Decides the requests of a batch in their order, and records what it admits. `hopeful` bets that all is admitted,
   * which is cheaper; the answers are the same. Undefined: another process decides about the id; ask again in a moment.
   */
  decide(
    tenantId: string,
    batch: UsageBatch,
    hopeful: boolean,
  ): Promise<(UsageAnswer | undefined)[]>
  /** What limits would answer to each account and feature, each by itself; accounts outermost. Counts nothing. */
  check(
    tenantId: string,
    accountIds: readonly string[],
    features: readonly FeatureUnits[],
  ): Promise<UsageAnswer[]>
  /** Makes the table `usage_counter` show what is counted now of these accounts and features; answers whether it changed. */
  show(tenantId: string, pairs: readonly TouchedFeature[]): Promise<boolean>
}
