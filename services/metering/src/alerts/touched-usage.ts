/** An account's use of a feature that was counted since the last look. */
export type TouchedFeature = { accountId: string; featureKey: string }

const MAX_PAIRS = 100_000

/**
 * Where this process counted units since the last look, each account and feature once. Full at 100,000 pairs: what
 * comes then is left to the walk over all counters.
 */
export class TouchedUsage {
  #byTenant = new Map<string, Map<string, Set<string>>>()
  #pairs = 0

  add(tenantId: string, accountId: string, featureKey: string): void {
    const accounts = this.#byTenant.get(tenantId)
    const features = accounts?.get(accountId)
    if (features?.has(featureKey) || this.#pairs >= MAX_PAIRS) return
    this.#pairs += 1
    if (features) features.add(featureKey)
    else if (accounts) accounts.set(accountId, new Set([featureKey]))
    else this.#byTenant.set(tenantId, new Map([[accountId, new Set([featureKey])]]))
  }

  /** Takes everything out, by tenant. */
  takeAll(): Map<string, TouchedFeature[]> {
    const taken = new Map<string, TouchedFeature[]>()
    for (const [tenantId, accounts] of this.#byTenant) {
      const pairs: TouchedFeature[] = []
      for (const [accountId, features] of accounts) {
        for (const featureKey of features) pairs.push({ accountId, featureKey })
      }
      taken.set(tenantId, pairs)
    }
    this.#byTenant = new Map()
    this.#pairs = 0
    return taken
  }
}
