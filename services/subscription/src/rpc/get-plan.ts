import type { GetPlanRequest, Plan } from '@purser/contracts/subscription/v1/subscription'
import { PurserError } from '@purser/kernel'
import type { SubscriptionContext } from '../context.ts'
import { listPlanVersions } from '../store/plan.ts'
import { toProtoPlan } from './convert-plan.ts'

/** Answers a plan at a version, the newest for 0. Throws `resource.not_found`. */
export function getPlan(ctx: SubscriptionContext) {
  return async ({ tenant, planKey, version }: GetPlanRequest): Promise<Plan> => {
    const [found] = await ctx.db.tx(
      tenant,
      (tx) => listPlanVersions(tx, tenant, [{ planKey, version }]),
      { readOnly: true },
    )
    if (found === undefined) throw noSuchPlan(planKey, version)
    return toProtoPlan(found.plan)
  }
}

/** The refusal for a plan, or a version of it, that does not exist. */
export function noSuchPlan(planKey: string, version: number): PurserError {
  const name = version === 0 ? `plan "${planKey}"` : `version ${version} of a plan "${planKey}"`
  return new PurserError('resource.not_found', `There is no ${name}.`)
}
