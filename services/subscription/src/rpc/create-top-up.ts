import type { HandlerContext } from '@connectrpc/connect'
import type { CreateTopUpRequest, TopUp } from '@purser/contracts/subscription/v1/subscription'
import { assert, newId, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { SubscriptionContext } from '../context.ts'
import { isBefore } from '../domain/instant.ts'
import type { TopUp as DomainTopUp } from '../domain/top-up.ts'
import { publishTopUpCreated } from '../events.ts'
import { markAccountsChanged } from '../projection/mark-changed.ts'
import { lockAccounts } from '../store/account-lock.ts'
import { listPlanVersions } from '../store/plan.ts'
import { listUnendedSubscriptions } from '../store/subscription.ts'
import { insertTopUp, listOpenTopUps } from '../store/top-up.ts'
import { fromProtoInstant } from './convert.ts'
import { entitlementsOf } from './convert-plan.ts'
import { toProtoTopUp } from './convert-top-up.ts'
import { requireAccount } from './require-account.ts'

/** Most top-ups of an account that have not expired; metering takes as many. */
const MAX_OPEN_TOP_UPS = 1_000

/**
 * Gives an account units on top of a limit. Throws, in this order, `resource.not_found` for the
 * account, `request.invalid` for an expiry that is not to come, `subscription.not_entitled` when no
 * subscription of the account has the limit, now or to come, and `subscription.too_many_top_ups`.
 */
export function createTopUp(ctx: SubscriptionContext) {
  return async (req: CreateTopUpRequest, call: HandlerContext): Promise<TopUp> => {
    const { tenant, accountId } = req
    const now = ctx.clock.now({ tenantId: tenant, accountId }).round('microsecond')
    await requireAccount(ctx, call, req)
    const topUp = fromRequest(req, now)
    await ctx.db.tx(tenant, async (tx) => {
      await lockAccounts(tx, tenant, [accountId])
      if (!(await hasLimit(tx, tenant, topUp))) throw notEntitled(topUp)
      const open = await listOpenTopUps(tx, tenant, [accountId], now)
      if (open.length >= MAX_OPEN_TOP_UPS) throw tooMany()
      await insertTopUp(tx, tenant, topUp)
      await publishTopUpCreated(tx, tenant, topUp)
      await markAccountsChanged(ctx, tx, tenant, [accountId])
    })
    return toProtoTopUp(topUp)
  }
}

function fromRequest(
  { accountId, topUp }: CreateTopUpRequest,
  createdAt: Temporal.Instant,
): DomainTopUp {
  assert(topUp, 'the contract requires a top-up')
  const { featureKey, limitKey, quantity, expireTime } = topUp
  const expireAt = expireTime && fromProtoInstant(expireTime)
  if (expireAt && !isBefore(createdAt, expireAt)) {
    throw new PurserError('request.invalid', 'A top-up expires after it was given.', {
      fields: [{ field: 'top_up.expire_time', message: 'must lie in the future' }],
    })
  }
  return { topUpId: newId('top'), accountId, featureKey, limitKey, quantity, expireAt, createdAt }
}

/** Whether a subscription that has not ended brings the limit. */
async function hasLimit(
  tx: Tx,
  tenant: string,
  { accountId, featureKey, limitKey, createdAt }: DomainTopUp,
): Promise<boolean> {
  const held = await listUnendedSubscriptions(tx, tenant, [accountId], createdAt)
  const names = held.map(({ planKey, planVersion: version }) => ({ planKey, version }))
  const plans = await listPlanVersions(tx, tenant, names)
  return plans.some(({ plan }) =>
    entitlementsOf(plan).some(
      (entitlement) =>
        entitlement.featureKey === featureKey &&
        entitlement.limits.some((limit) => limit.limitKey === limitKey),
    ),
  )
}

function notEntitled({ featureKey, limitKey }: DomainTopUp): PurserError {
  return new PurserError(
    'subscription.not_entitled',
    `No subscription of the account has a limit "${limitKey}" on a feature "${featureKey}".`,
  )
}

function tooMany(): PurserError {
  const message = `An account has at most ${MAX_OPEN_TOP_UPS} top-ups that have not expired.`
  return new PurserError('subscription.too_many_top_ups', message)
}
