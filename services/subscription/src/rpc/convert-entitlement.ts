import { create } from '@bufbuild/protobuf'
import {
  EntitlementSchema,
  LimitScope as ProtoScope,
  LimitWindow as ProtoWindow,
  OutagePolicy,
  Overage,
  type Entitlement as ProtoEntitlement,
  type UsageLimit as ProtoLimit,
} from '@purser/contracts/common/v1/entitlement'
import type { Entitlement, LimitScope, LimitWindow } from '../domain/entitlement.ts'

/** Defaults of the contract's `Entitlement`. */
const DEFAULT_WINDOW_SECONDS = 300
const DEFAULT_ALERT_PERCENTS = [80, 100]

const windows = {
  [ProtoWindow.UNSPECIFIED]: 'rolling',
  [ProtoWindow.ROLLING]: 'rolling',
  [ProtoWindow.FIXED]: 'fixed',
  [ProtoWindow.DAY]: 'day',
  [ProtoWindow.MONTH]: 'month',
  [ProtoWindow.BILLING_PERIOD]: 'billing_period',
} as const satisfies Record<ProtoWindow, LimitWindow>

const scopes = {
  [ProtoScope.UNSPECIFIED]: 'account',
  [ProtoScope.ACCOUNT]: 'account',
  [ProtoScope.SEAT]: 'seat',
} as const satisfies Record<ProtoScope, LimitScope>

/** A copy of the entitlement in which every default is written out. */
export function completeEntitlement(entitlement: ProtoEntitlement): ProtoEntitlement {
  const { featureKey, meterKey, limits, overage, onOutage, alertPercents } = entitlement
  return create(EntitlementSchema, {
    featureKey,
    meterKey,
    limits: limits.map(completeLimit),
    overage: overage || Overage.REFUSED,
    onOutage: onOutage || OutagePolicy.CLOSED,
    alertPercents: alertPercents.length === 0 ? DEFAULT_ALERT_PERCENTS : alertPercents,
  })
}

function completeLimit(limit: ProtoLimit): ProtoLimit {
  const window = limit.window || ProtoWindow.ROLLING
  const hasLength = window === ProtoWindow.ROLLING || window === ProtoWindow.FIXED
  return {
    ...limit,
    window,
    windowSeconds: limit.windowSeconds || (hasLength ? DEFAULT_WINDOW_SECONDS : 0),
    scope: limit.scope || ProtoScope.ACCOUNT,
  }
}

/** A complete entitlement, for the checks of the domain. */
export function fromProtoEntitlement(entitlement: ProtoEntitlement): Entitlement {
  return {
    featureKey: entitlement.featureKey,
    meterKey: entitlement.meterKey,
    limits: entitlement.limits.map((limit) => ({
      limitKey: limit.limitKey,
      quantity: limit.quantity,
      window: windows[limit.window],
      windowSeconds: limit.windowSeconds,
      burst: limit.burst,
      scope: scopes[limit.scope],
    })),
    alertPercents: entitlement.alertPercents,
  }
}
