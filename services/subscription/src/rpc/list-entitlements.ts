import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  AccountEntitlementSchema,
  type ListEntitlementsRequest,
  type ListEntitlementsResponse,
  ListEntitlementsResponseSchema,
} from '@purser/contracts/subscription/v1/subscription'
import type { SubscriptionContext } from '../context.ts'
import { listOpenTopUps } from '../store/top-up.ts'
import { entitlementsOf } from './convert-plan.ts'
import { toProtoTopUp } from './convert-top-up.ts'
import { requireAccount } from './require-account.ts'
import { readRunningPlans } from './running-plans.ts'

/**
 * Lists what an account is entitled to now, by subscription in the order of its plan, and the top-ups
 * that count. Throws `resource.not_found`.
 */
export function listEntitlements(ctx: SubscriptionContext) {
  return async (
    req: ListEntitlementsRequest,
    call: HandlerContext,
  ): Promise<ListEntitlementsResponse> => {
    const { tenant, accountId } = req
    await requireAccount(ctx, call, req)
    const now = ctx.clock.now({ tenantId: tenant, accountId })
    const { running, topUps } = await ctx.db.tx(
      tenant,
      async (tx) => ({
        running: await readRunningPlans(tx, tenant, accountId, now),
        topUps: await listOpenTopUps(tx, tenant, [accountId], now),
      }),
      { isolation: 'repeatable read', readOnly: true },
    )
    return create(ListEntitlementsResponseSchema, {
      entitlements: running.flatMap(({ subscription, plan }) =>
        entitlementsOf(plan).map((entitlement) =>
          create(AccountEntitlementSchema, {
            subscriptionId: subscription.subscriptionId,
            planKey: plan.planKey,
            planVersion: plan.version,
            seats: subscription.seats,
            entitlement,
          }),
        ),
      ),
      topUps: topUps.map(toProtoTopUp),
    })
  }
}
