import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  AccountPlanSchema,
  type AccountPlan,
  type ListAccountPlansRequest,
  type ListAccountPlansResponse,
  ListAccountPlansResponseSchema,
} from '@purser/contracts/subscription/v1/subscription'
import type { SubscriptionContext } from '../context.ts'
import { currentPeriod } from '../domain/billing-calendar.ts'
import { toProtoPlan } from './convert-plan.ts'
import { toProtoSubscription } from './convert.ts'
import { requireAccount } from './require-account.ts'
import { readRunningPlans, type RunningPlan } from './running-plans.ts'

/** Lists what an account is on now. Throws `resource.not_found`. */
export function listAccountPlans(ctx: SubscriptionContext) {
  return async (
    req: ListAccountPlansRequest,
    call: HandlerContext,
  ): Promise<ListAccountPlansResponse> => {
    const { tenant, accountId } = req
    await requireAccount(ctx, call, req)
    const now = ctx.clock.now({ tenantId: tenant, accountId })
    const running = await ctx.db.tx(tenant, (tx) => readRunningPlans(tx, tenant, accountId, now), {
      readOnly: true,
    })
    return create(ListAccountPlansResponseSchema, {
      plans: running.map((each) => toProtoAccountPlan(each, now)),
    })
  }
}

function toProtoAccountPlan(
  { subscription, plan }: RunningPlan,
  now: Temporal.Instant,
): AccountPlan {
  return create(AccountPlanSchema, {
    name: toProtoPlan(plan).terms?.name ?? '',
    subscription: toProtoSubscription(subscription, currentPeriod(subscription, now)),
  })
}
