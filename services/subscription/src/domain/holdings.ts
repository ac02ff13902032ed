import { isBefore } from './instant.ts'
import type { Subscription } from './subscription.ts'

/**
 * What one subscription holds for its account until its end: its plan, and the meters it prices.
 */
export type Holding = {
  accountId: string
  planKey: string
  meterKeys: readonly string[]
  /** Undefined while it is open. */
  endAt: Temporal.Instant | undefined
}

/**
 * What accounts hold, so that none is twice on a plan and none has a meter priced twice at one
 * time. A new subscription has no end: it excludes every holding that does not end by its start,
 * also one that has yet to begin.
 */
export class Holdings {
  readonly #byAccount: Map<string, Holding[]>

  constructor(holdings: readonly Holding[]) {
    this.#byAccount = Map.groupBy(holdings, ({ accountId }) => accountId)
  }

  /** Whether the account is on the plan when the subscription would start, or later. */
  isOnPlan(subscription: Subscription): boolean {
    return this.#heldAgainst(subscription).some(({ planKey }) => planKey === subscription.planKey)
  }

  /**
   * Those of the meters that are priced for the account when the subscription would start, or
   * later.
   */
  pricedMeters(subscription: Subscription, meterKeys: readonly string[]): string[] {
    const priced = this.#heldAgainst(subscription).flatMap((holding) => holding.meterKeys)
    return meterKeys.filter((meterKey) => priced.includes(meterKey))
  }

  /** Subscriptions of the account, of those that were asked for and added. */
  count(accountId: string): number {
    return this.#byAccount.get(accountId)?.length ?? 0
  }

  /** Adds what a new subscription holds. */
  add({ accountId, planKey, endAt }: Subscription, meterKeys: readonly string[]): void {
    const holding = { accountId, planKey, meterKeys, endAt }
    const others = this.#byAccount.get(accountId)
    if (others) others.push(holding)
    else this.#byAccount.set(accountId, [holding])
  }

  #heldAgainst({ accountId, startAt }: Subscription): Holding[] {
    const held = this.#byAccount.get(accountId) ?? []
    return held.filter(({ endAt }) => endAt === undefined || isBefore(startAt, endAt))
  }
}
