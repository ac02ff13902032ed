import { assert } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { PlanVersion } from '../domain/plan.ts'
import { isRunning, type Subscription } from '../domain/subscription.ts'
import { listPlanVersions } from '../store/plan.ts'
import { listUnendedSubscriptions } from '../store/subscription.ts'

/** A subscription that is in force, and its version of a plan. */
export type RunningPlan = { subscription: Subscription; plan: PlanVersion }

/** What an account is on at `now`, by subscription. */
export async function readRunningPlans(
  tx: Tx,
  tenant: string,
  accountId: string,
  now: Temporal.Instant,
): Promise<RunningPlan[]> {
  const unended = await listUnendedSubscriptions(tx, tenant, [accountId], now)
  const running = unended.filter((subscription) => isRunning(subscription, now))
  const names = running.map(({ planKey, planVersion: version }) => ({ planKey, version }))
  const plans = (await listPlanVersions(tx, tenant, names)).map(({ plan }) => plan)
  return running.map((subscription) => {
    const { planKey, planVersion } = subscription
    const plan = plans.find((one) => one.planKey === planKey && one.version === planVersion)
    assert(plan, 'a subscribed version stays')
    return { subscription, plan }
  })
}
