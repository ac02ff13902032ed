import {
  type Entitlement,
  LimitScope,
  LimitWindow,
  OutagePolicy,
  Overage,
  type UsageLimit,
} from '@purser/contracts/common/v1/entitlement'
import {
  type AccountPlans,
  HoldingAlignment,
  HoldingInterval,
  type PlanHolding,
  type TopUp as ProtoTopUp,
} from '@purser/contracts/metering/v1/metering'
import { assert } from '@purser/kernel'
import { fromProtoTimestamp } from '@purser/rpc'
import type {
  AccountHoldings,
  Holding,
  LimitWindowKind,
  PlanEntitlement,
  PlanLimit,
  TopUp,
} from '../domain/plan-terms.ts'

/** Defaults of the contract's `Entitlement` and `UsageLimit`. */
const DEFAULT_ALERT_PERCENTS = [80, 100]
const DEFAULT_WINDOW_SECONDS = 300

const windowKinds = {
  [LimitWindow.UNSPECIFIED]: 'rolling',
  [LimitWindow.ROLLING]: 'rolling',
  [LimitWindow.FIXED]: 'fixed',
  [LimitWindow.DAY]: 'day',
  [LimitWindow.MONTH]: 'month',
  [LimitWindow.BILLING_PERIOD]: 'billing_period',
} as const satisfies Record<LimitWindow, LimitWindowKind>

/** What a plan entitles to; `eventType` is the type that the entitlement's meter reads. */
export function fromProtoEntitlement(entitlement: Entitlement, eventType: string): PlanEntitlement {
  const { alertPercents } = entitlement
  return {
    featureKey: entitlement.featureKey,
    meterKey: entitlement.meterKey,
    eventType,
    overageAllowed: entitlement.overage === Overage.ALLOWED,
    admitsOnOutage: entitlement.onOutage === OutagePolicy.OPEN,
    alertPercents: alertPercents.length > 0 ? alertPercents : DEFAULT_ALERT_PERCENTS,
    limits: entitlement.limits.map(fromProtoUsageLimit),
  }
}

function fromProtoUsageLimit(limit: UsageLimit): PlanLimit {
  const windowKind = windowKinds[limit.window]
  const hasLength = windowKind === 'rolling' || windowKind === 'fixed'
  return {
    limitKey: limit.limitKey,
    quantity: limit.quantity,
    burst: limit.burst,
    perSeat: limit.scope === LimitScope.SEAT,
    windowKind,
    windowSeconds: hasLength ? limit.windowSeconds || DEFAULT_WINDOW_SECONDS : 0,
  }
}

/** What an account holds; its fields were checked against the contract before. */
export function fromProtoAccountPlans(plans: AccountPlans): AccountHoldings {
  return {
    accountId: plans.accountId,
    revision: plans.revision,
    holdings: plans.holdings.map(fromProtoHolding),
    topUps: plans.topUps.map(fromProtoTopUp),
  }
}

function fromProtoHolding(holding: PlanHolding): Holding {
  assert(holding.anchorTime && holding.startTime, 'the contract requires both times')
  const monthsOfInterval = holding.interval === HoldingInterval.YEAR ? 12 : 1
  return {
    subscriptionId: holding.subscriptionId,
    planKey: holding.planKey,
    version: holding.planVersion,
    seats: holding.seats || 1,
    timeZone: holding.timeZone,
    anchor: fromProtoTimestamp(holding.anchorTime),
    intervalMonths: holding.intervalCount * monthsOfInterval,
    alignment: holding.alignment === HoldingAlignment.ANNIVERSARY ? 'anniversary' : 'calendar',
    start: fromProtoTimestamp(holding.startTime),
    end: holding.endTime && fromProtoTimestamp(holding.endTime),
  }
}

function fromProtoTopUp(topUp: ProtoTopUp): TopUp {
  return {
    topUpId: topUp.topUpId,
    featureKey: topUp.featureKey,
    limitKey: topUp.limitKey,
    quantity: topUp.quantity,
    expiry: topUp.expireTime && fromProtoTimestamp(topUp.expireTime),
  }
}
