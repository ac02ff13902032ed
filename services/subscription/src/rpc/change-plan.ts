import type {
  ChangePlanRequest,
  Subscription as ProtoSubscription,
} from '@purser/contracts/subscription/v1/subscription'
import { assert, newId, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { SubscriptionContext } from '../context.ts'
import { currentPeriod } from '../domain/billing-calendar.ts'
import { changePlan as moveToPlan } from '../domain/change-plan.ts'
import { Holdings } from '../domain/holdings.ts'
import type { PlanVersion } from '../domain/plan.ts'
import type { Subscription } from '../domain/subscription.ts'
import { publishPlanChanged } from '../events.ts'
import { markAccountsChanged } from '../projection/mark-changed.ts'
import { lockAccounts } from '../store/account-lock.ts'
import { listPlanVersions } from '../store/plan.ts'
import {
  findSubscription,
  insertSubscriptions,
  listHoldings,
  lockSubscription,
  updateEnd,
} from '../store/subscription.ts'
import { toProtoSubscription } from './convert.ts'
import { noSuchSubscription } from './get-subscription.ts'

/**
 * Ends a subscription now and starts one on the other plan at that instant; both or none. Refusals, in
 * this order: `resource.not_found`, `subscription.plan_unavailable`, `subscription.not_active`,
 * `subscription.already_active` (on that version already, or on the plan by another subscription),
 * `subscription.meter_already_priced`.
 */
export function changePlan(ctx: SubscriptionContext) {
  return async (req: ChangePlanRequest): Promise<ProtoSubscription> => {
    const { tenant, subscriptionId } = req
    return await ctx.db.tx(tenant, async (tx) => {
      const running = await lockRunning(tx, tenant, subscriptionId)
      const { accountId } = running
      const now = ctx.clock.now({ tenantId: tenant, accountId }).round('microsecond')
      const { from, to } = await readBothPlans(tx, req, running)
      const { ended, started } = moveToPlan(
        running,
        { subscriptionId: newId('sub'), plan: to, seats: req.seats || undefined },
        now,
      )
      await updateEnd(tx, tenant, ended)
      refuseConflicts(
        started,
        to,
        new Holdings(await listHoldings(tx, tenant, [accountId], started.startAt)),
      )
      await insertSubscriptions(tx, tenant, [started])
      await publishPlanChanged(tx, tenant, { ended, started })
      const hasFeatures = [from, to].some(({ featureKeys }) => featureKeys.length > 0)
      if (hasFeatures) await markAccountsChanged(ctx, tx, tenant, [accountId])
      return toProtoSubscription(started, currentPeriod(started, now))
    })
  }
}

/** Locks the account first, as every creation does, then the subscription. */
async function lockRunning(tx: Tx, tenant: string, subscriptionId: string): Promise<Subscription> {
  const found = await findSubscription(tx, tenant, subscriptionId)
  if (found === undefined) throw noSuchSubscription(subscriptionId)
  await lockAccounts(tx, tenant, [found.accountId])
  const locked = await lockSubscription(tx, tenant, subscriptionId)
  assert(locked, 'a subscription stays')
  return locked
}

async function readBothPlans(
  tx: Tx,
  { tenant, planKey, planVersion }: ChangePlanRequest,
  running: Subscription,
): Promise<{ from: PlanVersion; to: PlanVersion }> {
  const wanted = { planKey, version: planVersion }
  const held = { planKey: running.planKey, version: running.planVersion }
  const [to] = await listPlanVersions(tx, tenant, [wanted])
  const [from] = await listPlanVersions(tx, tenant, [held])
  if (from && to) return { from: from.plan, to: to.plan }
  const message = 'is not the key of a plan with this version'
  throw new PurserError('subscription.plan_unavailable', 'The plan or version does not exist.', {
    fields: [{ field: 'plan_key', message }],
  })
}

/** What the account holds from the change on, the subscription that ends aside. */
function refuseConflicts(started: Subscription, to: PlanVersion, holdings: Holdings): void {
  if (holdings.isOnPlan(started)) {
    const message = `Another subscription of the account is on the plan "${to.planKey}".`
    throw new PurserError('subscription.already_active', message)
  }
  const priced = holdings.pricedMeters(started, to.meterKeys).map((key) => `"${key}"`)
  if (priced.length === 0) return
  const message = `another subscription of the account prices ${priced.join(', ')}`
  throw new PurserError(
    'subscription.meter_already_priced',
    'A meter is priced by one subscription of an account at a time.',
    { fields: [{ field: 'plan_key', message }] },
  )
}
