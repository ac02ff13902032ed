/** Who shares the units of a limit: the account, or the account with units for each of its seats. */
export type LimitScope = 'account' | 'seat'

/** Span over which units count. The length of `rolling` and `fixed` is part of the limit. */
export type LimitWindow = 'rolling' | 'fixed' | 'day' | 'month' | 'billing_period'

/** One limit on a feature. */
export type UsageLimit = {
  /** Unique in the feature. */
  limitKey: string
  /** Units in each window, from 0. */
  quantity: bigint
  window: LimitWindow
  /** Length of a rolling or fixed window, from 1; 0 for the others. */
  windowSeconds: number
  /** Units on top of the quantity, from 0. */
  burst: bigint
  scope: LimitScope
}

/** The use of one feature, as a plan declares it, every default written out. */
export type Entitlement = {
  /** Unique in the plan. */
  featureKey: string
  meterKey: string
  /** None: unlimited. */
  limits: readonly UsageLimit[]
  /** Shares of a limit, each once. */
  alertPercents: readonly number[]
}

/** The features of the entitlements, each once, in order of their key. */
export function featureKeysOf(entitlements: readonly Pick<Entitlement, 'featureKey'>[]): string[] {
  return [...new Set(entitlements.map(({ featureKey }) => featureKey))].sort()
}
