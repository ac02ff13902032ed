import type { BillingAnchor } from '@purser/kernel'
import type { IntervalUnit } from './plan.ts'

/**
 * active     open: it has no end
 * canceled   it has an end, past or future, and is billed until then
 *
 * active -> canceled, for good.
 */
export type SubscriptionStatus = 'active' | 'canceled'

/** Which states may follow a state. */
export const subscriptionMoves = {
  active: ['canceled'],
  canceled: [],
} as const satisfies Record<SubscriptionStatus, readonly SubscriptionStatus[]>

export type Alignment = BillingAnchor['alignment']

/** An account on a version of a plan, from `startAt` up to but without `endAt`. */
export type Subscription = {
  subscriptionId: string
  accountId: string
  planKey: string
  planVersion: number
  status: SubscriptionStatus
  startAt: Temporal.Instant
  /** Set when canceled; equal to `startAt` for one that never began. */
  endAt: Temporal.Instant | undefined
  alignment: Alignment
  /** The tenant's zone, the plan's interval: as they were when the subscription was created. */
  timeZone: string
  intervalUnit: IntervalUnit
  intervalCount: number
  createdAt: Temporal.Instant
}

/** From what the billing periods of the subscription are counted. */
export function billingAnchor(subscription: Subscription): BillingAnchor {
  return {
    start: subscription.startAt,
    timeZone: subscription.timeZone,
    interval: subscription.intervalUnit,
    intervalCount: subscription.intervalCount,
    alignment: subscription.alignment,
  }
}
