import type { HandlerContext } from '@connectrpc/connect'
import type { CreatePlanRequest, Plan } from '@purser/contracts/subscription/v1/subscription'
import { assert, PurserError } from '@purser/kernel'
import type { SubscriptionContext } from '../context.ts'
import { publishPlanVersionCreated } from '../events.ts'
import { markPlanCreated } from '../projection/mark-changed.ts'
import { insertPlan, insertPlanVersion } from '../store/plan.ts'
import { acceptTerms } from './accept-terms.ts'
import { toProtoPlan } from './convert-plan.ts'

/**
 * Creates a plan with its first version. Throws what `acceptTerms` throws, then
 * `plan.already_exists`.
 */
export function createPlan(ctx: SubscriptionContext) {
  return async (req: CreatePlanRequest, call: HandlerContext): Promise<Plan> => {
    const { tenant, plan: requested } = req
    assert(requested?.terms, 'the contract requires a plan with terms')
    const { planKey, terms } = requested
    const accepted = await acceptTerms(ctx, call, { tenant, terms, path: 'plan.terms' })
    const createdAt = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const plan = { planKey, version: 1, ...accepted, createdAt }
    await ctx.db.tx(tenant, async (tx) => {
      if (!(await insertPlan(tx, tenant, planKey))) {
        throw new PurserError('plan.already_exists', `There is a plan "${planKey}" already.`)
      }
      await insertPlanVersion(tx, tenant, plan)
      await publishPlanVersionCreated(tx, tenant, plan)
      await markPlanCreated(ctx, tx, tenant, plan)
    })
    return toProtoPlan(plan)
  }
}
