import { create } from '@bufbuild/protobuf'
import { LimitWindow } from '@purser/contracts/common/v1/entitlement'
import { type AccountLimit, AccountLimitSchema } from '@purser/contracts/metering/v1/metering'
import { toProtoTimestamp } from '@purser/rpc'
import type { LimitWindowKind } from '../domain/plan-terms.ts'
import type { LimitState } from '../store/limit-standing.ts'

const windows = {
  rolling: LimitWindow.ROLLING,
  fixed: LimitWindow.FIXED,
  day: LimitWindow.DAY,
  month: LimitWindow.MONTH,
  billing_period: LimitWindow.BILLING_PERIOD,
} as const satisfies Record<LimitWindowKind, LimitWindow>

/** Greatest share that the contract tells, in percent. */
const MAX_PERCENT = 2_147_483_647n

/** A limit as it stands. */
export function toProtoAccountLimit(state: LimitState): AccountLimit {
  const { units, used, reset } = state
  return create(AccountLimitSchema, {
    accountId: state.accountId,
    featureKey: state.featureKey,
    limitKey: state.limitKey,
    limit: units,
    used,
    remaining: units > used ? units - used : 0n,
    percent: percentOf(used, units),
    overageAllowed: state.soft,
    window: windows[state.windowKind],
    windowSeconds: state.windowSeconds,
    windowStart: toProtoTimestamp(state.windowStart),
    ...(reset ? { resetTime: toProtoTimestamp(reset) } : {}),
  })
}

/** Rounded down, so that 100 means full; of a limit of no units, 100. */
function percentOf(used: bigint, units: bigint): number {
  if (units === 0n) return 100
  const percent = (used * 100n) / units
  return Number(percent > MAX_PERCENT ? MAX_PERCENT : percent)
}
