import { assert } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { SubscriptionContext } from '../context.ts'
import type { PlanVersion } from '../domain/plan.ts'
import type { Subscription } from '../domain/subscription.ts'
import { bumpRevisions } from '../store/account-revision.ts'
import { listPlanVersions } from '../store/plan.ts'
import { insertUntoldPlanVersion } from '../store/untold-plan-version.ts'
import { tellChanged } from './tell-metering.ts'

/** How long the call after the commit has until the job looks after it. */
const REPAIR_AFTER_MS = 3_000

/** Some months of trying: metering being away for a night must not park the job. */
const MAX_ATTEMPTS = 1_000

/**
 * Notes that what metering has to know of these accounts changes in this transaction: gives them their
 * next revision, has metering told right after the commit, and adds the job that makes sure of it.
 * Call it last in the transaction: it locks the accounts' revisions.
 */
export async function markAccountsChanged(
  ctx: SubscriptionContext,
  tx: Tx,
  tenant: string,
  accountIds: readonly string[],
): Promise<void> {
  if (accountIds.length === 0) return
  await bumpRevisions(tx, tenant, accountIds)
  // Further changes of one account move its job; a batch is not worth a key.
  const [only, ...others] = accountIds
  const jobKey = others.length === 0 ? `tell-metering/${tenant}/accounts/${only}` : undefined
  await addTellJob(ctx, tx, tenant, jobKey)
  ctx.afterCommit(tx, () => tellChanged(ctx.telling, tenant, accountIds))
}

/** As `markAccountsChanged`, for one subscription; nothing to do when its plan has no features. */
export async function markSubscriptionChanged(
  ctx: SubscriptionContext,
  tx: Tx,
  tenant: string,
  { accountId, planKey, planVersion: version }: Subscription,
): Promise<void> {
  const [found] = await listPlanVersions(tx, tenant, [{ planKey, version }])
  assert(found, 'a subscribed version stays')
  if (found.plan.featureKeys.length === 0) return
  await markAccountsChanged(ctx, tx, tenant, [accountId])
}

/** As `markAccountsChanged`, for a new version of a plan; nothing to do for one without features. */
export async function markPlanCreated(
  ctx: SubscriptionContext,
  tx: Tx,
  tenant: string,
  plan: PlanVersion,
): Promise<void> {
  if (plan.featureKeys.length === 0) return
  await insertUntoldPlanVersion(tx, tenant, plan)
  await addTellJob(ctx, tx, tenant, `tell-metering/${tenant}/plans/${plan.planKey}`)
  ctx.afterCommit(tx, () => tellChanged(ctx.telling, tenant, []))
}

async function addTellJob(
  ctx: SubscriptionContext,
  tx: Tx,
  tenant: string,
  jobKey: string | undefined,
): Promise<void> {
  const now = ctx.clock.now({ tenantId: tenant })
  const runAt = now.add({ milliseconds: REPAIR_AFTER_MS })
  const options = { runAt, maxAttempts: MAX_ATTEMPTS, ...(jobKey === undefined ? {} : { jobKey }) }
  await ctx.addJob(tx, 'tell-metering', { tenant }, options)
}
