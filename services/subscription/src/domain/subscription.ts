import type { BillingAnchor } from '@purser/kernel'
import { isBefore } from './instant.ts'
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

/** Most seats of a subscription. */
export const MAX_SEATS = 1_000_000

/** Most subscriptions of an account that have not ended; metering takes as many. */
export const MAX_HELD = 100

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
  /** From 1 to `MAX_SEATS`. */
  seats: number
  /** The tenant's zone, the plan's interval: as they were when the subscription was created. */
  timeZone: string
  intervalUnit: IntervalUnit
  intervalCount: number
  createdAt: Temporal.Instant
}

/** Whether the subscription is over at `now`. */
export function hasEnded({ endAt }: Subscription, now: Temporal.Instant): boolean {
  return endAt !== undefined && !isBefore(now, endAt)
}

/** Whether the subscription is in force at `now`. */
export function isRunning(subscription: Subscription, now: Temporal.Instant): boolean {
  return !isBefore(now, subscription.startAt) && !hasEnded(subscription, now)
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
