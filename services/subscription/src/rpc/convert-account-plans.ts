import type { MessageInitShape } from '@bufbuild/protobuf'
import {
  type AccountPlansSchema,
  HoldingAlignment,
  HoldingInterval,
  type PlanHoldingSchema,
} from '@purser/contracts/metering/v1/metering'
import { toProtoTimestamp } from '@purser/rpc'
import type { IntervalUnit } from '../domain/plan.ts'
import type { Alignment, Subscription } from '../domain/subscription.ts'
import type { TopUp } from '../domain/top-up.ts'

const intervals = {
  month: HoldingInterval.MONTH,
  year: HoldingInterval.YEAR,
} as const satisfies Record<IntervalUnit, HoldingInterval>

const alignments = {
  calendar: HoldingAlignment.CALENDAR,
  anniversary: HoldingAlignment.ANNIVERSARY,
} as const satisfies Record<Alignment, HoldingAlignment>

/** A state of an account as metering takes it. */
export function toProtoAccountPlans(account: {
  accountId: string
  revision: bigint
  subscriptions: readonly Subscription[]
  topUps: readonly TopUp[]
}): MessageInitShape<typeof AccountPlansSchema> {
  const { accountId, revision, subscriptions, topUps } = account
  return {
    accountId,
    revision,
    holdings: subscriptions.map(toProtoHolding),
    topUps: topUps.map(({ topUpId, featureKey, limitKey, quantity, expireAt }) => ({
      topUpId,
      featureKey,
      limitKey,
      quantity,
      ...(expireAt ? { expireTime: toProtoTimestamp(expireAt) } : {}),
    })),
  }
}

function toProtoHolding(subscription: Subscription): MessageInitShape<typeof PlanHoldingSchema> {
  const startTime = toProtoTimestamp(subscription.startAt)
  const { endAt } = subscription
  return {
    subscriptionId: subscription.subscriptionId,
    planKey: subscription.planKey,
    planVersion: subscription.planVersion,
    seats: subscription.seats,
    timeZone: subscription.timeZone,
    anchorTime: startTime,
    interval: intervals[subscription.intervalUnit],
    intervalCount: subscription.intervalCount,
    alignment: alignments[subscription.alignment],
    startTime,
    ...(endAt ? { endTime: toProtoTimestamp(endAt) } : {}),
  }
}
