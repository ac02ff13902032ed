import type { JobHandler } from '@purser/jobs'
import { create } from '@bufbuild/protobuf'
import { SubscriptionSchema } from '@purser/contracts/subscription/v1/subscription'
import type { SubscriptionContext } from '../context.ts'
import { publishSubscriptionActivated } from '../events.ts'
import { subscribe } from '../rpc/subscribe.ts'
import { listPlanVersions } from '../store/plan.ts'
import { listAccountSubscriptions } from '../store/subscription.ts'
import type { SubscriptionTasks } from './tasks.ts'

/** Plan that people who sign up by themselves are put on, in tenants that have a plan of this key. */
const NEWCOMERS_PLAN = 'free'

/**
 * Puts an account that never had a subscription onto the plan for newcomers. Repeating it changes
 * nothing; an account that somebody joined who was invited has its plan already.
 */
export function subscribeNewcomerJob(
  ctx: SubscriptionContext,
): JobHandler<SubscriptionTasks['subscribe-newcomer']> {
  return async ({ payload: { tenant, accountId } }) => {
    const wanted = await ctx.db.tx(
      tenant,
      async (tx) => {
        const page = { afterId: '', limit: 1, status: undefined }
        const [known] = await listAccountSubscriptions(tx, tenant, accountId, page)
        const newest = { planKey: NEWCOMERS_PLAN, version: 0 }
        const [plan] = await listPlanVersions(tx, tenant, [newest])
        return known === undefined && plan !== undefined
      },
      { readOnly: true },
    )
    if (!wanted) return
    const requested = create(SubscriptionSchema, { accountId, planKey: NEWCOMERS_PLAN })
    await subscribe(
      ctx,
      undefined,
      { tenant, wanted: [{ requested, path: 'subscription' }] },
      async (tx, { created }) => {
        for (const subscription of created) {
          await publishSubscriptionActivated(tx, tenant, subscription)
        }
      },
    )
  }
}
