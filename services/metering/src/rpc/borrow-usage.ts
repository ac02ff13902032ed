import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { OutagePolicy } from '@purser/contracts/common/v1/entitlement'
import {
  type BorrowUsageRequest,
  type Lease,
  LeaseSchema,
} from '@purser/contracts/metering/v1/metering'
import type { MeteringContext } from '../context.ts'
import type { LeaseGrant } from '../limits/limit-store.ts'
import { propertiesJsonOf, toProtoTime } from './convert-usage.ts'
import { idOfOtherUsage, limitExceeded, notEntitled, tellStanding } from './tell-usage.ts'

const DEFAULT_LEASE_SECONDS = 10

/**
 * Lends units to a node. Throws `metering.limit_exceeded`, `metering.feature_not_entitled`,
 * `metering.id_of_other_usage`; none of these counted anything.
 */
export function borrowUsage({ limits }: Pick<MeteringContext, 'limits'>) {
  return async (req: BorrowUsageRequest, call: HandlerContext): Promise<Lease> => {
    const grant = await limits.borrow(req.tenant, {
      leaseId: req.leaseId,
      accountId: req.accountId,
      featureKey: req.featureKey,
      units: req.quantity,
      seconds: req.leaseSeconds || DEFAULT_LEASE_SECONDS,
      propertiesJson: propertiesJsonOf(req.properties),
    })
    refuseUnlessGranted(req, grant)
    const expireTime = toProtoTime(grant.expireMs)
    const resetTime = toProtoTime(grant.resetMs)
    const left = grant.room > grant.units ? grant.room - grant.units : 0n
    tellGrant(call, grant, left)
    return create(LeaseSchema, {
      leaseId: req.leaseId,
      quantity: grant.units,
      ...(expireTime ? { expireTime } : {}),
      expiresInMs: BigInt(Math.max(0, Math.floor(grant.expireMs - grant.decidedMs))),
      limitKey: grant.limitKey ?? '',
      limit: grant.limit,
      remaining: left,
      ...(resetTime ? { resetTime } : {}),
      onOutage: grant.admitsOnOutage ? OutagePolicy.OPEN : OutagePolicy.CLOSED,
    })
  }
}

function tellGrant(call: HandlerContext, grant: LeaseGrant, left: bigint): void {
  const { limitKey, limit, resetMs, decidedMs } = grant
  if (limitKey === undefined) return
  const standing = {
    limitKey,
    limit: Number(limit),
    remaining: Number(left),
    resetMs,
    retryMs: undefined,
  }
  tellStanding(call, { decidedMs, features: [{ featureKey: '', reason: undefined, standing }] })
}

function refuseUnlessGranted({ featureKey }: BorrowUsageRequest, grant: LeaseGrant): void {
  switch (grant.verdict) {
    case 'granted':
      return
    case 'mismatched':
      throw idOfOtherUsage()
    case 'feature_not_entitled':
      throw notEntitled(featureKey)
    case 'limit_exceeded': {
      const { limitKey = '', resetMs, retryMs } = grant
      const standing = { limitKey, limit: Number(grant.limit), remaining: 0, resetMs, retryMs }
      throw limitExceeded(featureKey, standing, grant.decidedMs)
    }
  }
}
