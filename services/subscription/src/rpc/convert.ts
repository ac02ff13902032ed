import { create } from '@bufbuild/protobuf'
import {
  BillingAlignment,
  type Subscription as ProtoSubscription,
  SubscriptionSchema,
  SubscriptionStatus as ProtoStatus,
} from '@purser/contracts/subscription/v1/subscription'
import type { Period } from '@purser/kernel'
import { fromProtoTimestamp, toProtoTimestamp } from '@purser/rpc'
import type { Timestamp } from '@bufbuild/protobuf/wkt'
import type { Alignment, Subscription, SubscriptionStatus } from '../domain/subscription.ts'

const alignments = {
  [BillingAlignment.UNSPECIFIED]: 'calendar',
  [BillingAlignment.CALENDAR]: 'calendar',
  [BillingAlignment.ANNIVERSARY]: 'anniversary',
} as const satisfies Record<BillingAlignment, Alignment>

const protoAlignments = {
  calendar: BillingAlignment.CALENDAR,
  anniversary: BillingAlignment.ANNIVERSARY,
} as const satisfies Record<Alignment, BillingAlignment>

const statuses = {
  [ProtoStatus.UNSPECIFIED]: undefined,
  [ProtoStatus.ACTIVE]: 'active',
  [ProtoStatus.CANCELED]: 'canceled',
} as const satisfies Record<ProtoStatus, SubscriptionStatus | undefined>

const protoStatuses = {
  active: ProtoStatus.ACTIVE,
  canceled: ProtoStatus.CANCELED,
} as const satisfies Record<SubscriptionStatus, ProtoStatus>

/** Where billing periods begin; on the calendar when left out. */
export function fromProtoAlignment(alignment: BillingAlignment): Alignment {
  return alignments[alignment]
}

/** The state that a list is narrowed to; undefined for all. */
export function fromProtoStatus(status: ProtoStatus): SubscriptionStatus | undefined {
  return statuses[status]
}

/** An instant as it is stored, in whole microseconds: what is answered is what is stored. */
export function fromProtoInstant(timestamp: Timestamp): Temporal.Instant {
  const instant = fromProtoTimestamp(timestamp)
  return instant.round({ smallestUnit: 'microsecond', roundingMode: 'floor' })
}

/** A subscription as it is answered, with the period that holds the present, if one does. */
export function toProtoSubscription(
  subscription: Subscription,
  current: Period | undefined,
): ProtoSubscription {
  const { endAt } = subscription
  return create(SubscriptionSchema, {
    subscriptionId: subscription.subscriptionId,
    accountId: subscription.accountId,
    planKey: subscription.planKey,
    planVersion: subscription.planVersion,
    startTime: toProtoTimestamp(subscription.startAt),
    ...(endAt ? { endTime: toProtoTimestamp(endAt) } : {}),
    alignment: protoAlignments[subscription.alignment],
    status: protoStatuses[subscription.status],
    seats: subscription.seats,
    ...(current && {
      currentPeriodStart: toProtoTimestamp(current.start),
      currentPeriodEnd: toProtoTimestamp(current.end),
    }),
    createTime: toProtoTimestamp(subscription.createdAt),
  })
}
