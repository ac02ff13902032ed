import type { HandlerContext } from '@connectrpc/connect'
import type { CreatePlanVersionRequest, Plan } from '@purser/contracts/subscription/v1/subscription'
import { assert } from '@purser/kernel'
import type { SubscriptionContext } from '../context.ts'
import { publishPlanVersionCreated } from '../events.ts'
import { markPlanCreated } from '../projection/mark-changed.ts'
import { insertPlanVersion, takeNextVersion } from '../store/plan.ts'
import { acceptTerms } from './accept-terms.ts'
import { toProtoPlan } from './convert-plan.ts'
import { noSuchPlan } from './get-plan.ts'

/**
 * Adds a version to a plan; subscriptions stay on theirs. Throws what `acceptTerms` throws, then
 * `resource.not_found`.
 */
export function createPlanVersion(ctx: SubscriptionContext) {
  return async (req: CreatePlanVersionRequest, call: HandlerContext): Promise<Plan> => {
    const { tenant, planKey, terms } = req
    assert(terms, 'the contract requires terms')
    const accepted = await acceptTerms(ctx, call, { tenant, terms, path: 'terms' })
    const createdAt = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const plan = await ctx.db.tx(tenant, async (tx) => {
      const version = await takeNextVersion(tx, tenant, planKey)
      if (version === undefined) throw noSuchPlan(planKey, 0)
      const added = { planKey, version, ...accepted, createdAt }
      await insertPlanVersion(tx, tenant, added)
      await publishPlanVersionCreated(tx, tenant, added)
      await markPlanCreated(ctx, tx, tenant, added)
      return added
    })
    return toProtoPlan(plan)
  }
}
