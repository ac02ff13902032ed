import { asService } from '@purser/rpc'
import type { TellingContext } from '../context.ts'
import type { AccountRevision } from '../store/account-revision.ts'
import { confirmTold, findUntold, listUntold } from '../store/account-revision.ts'
import type { PlanVersionName } from '../store/plan.ts'
import { listUntoldPlanVersions, removeUntoldPlanVersion } from '../store/untold-plan-version.ts'
import { toProtoAccountPlans } from '../rpc/convert-account-plans.ts'
import { type AccountState, readAccountStates } from './account-state.ts'
import { readEntitlements } from './plan-entitlements.ts'

/** Accounts of one call, as many as the contract takes. */
const ACCOUNTS_PER_CALL = 5_000

/** Bound of one call. */
const TIMEOUT_MS = 10_000

/**
 * Tells metering of these accounts, and of new plan versions, what it has not confirmed. For the
 * moment after a commit: it never throws, since the job of the transaction tries again.
 */
export async function tellChanged(
  ctx: TellingContext,
  tenant: string,
  accountIds: readonly string[],
): Promise<void> {
  try {
    for (let from = 0; from === 0 || from < accountIds.length; from += ACCOUNTS_PER_CALL) {
      await tell(ctx, tenant, { accountIds: accountIds.slice(from, from + ACCOUNTS_PER_CALL) })
    }
  } catch (err) {
    ctx.log.warn({ err, tenant, accounts: accountIds.length }, 'metering will be told later')
  }
}

/** Tells metering everything of the tenant that it has not confirmed. Throws what a call throws. */
export async function tellEverything(
  ctx: TellingContext,
  tenant: string,
  signal: AbortSignal,
): Promise<void> {
  let afterId: string | undefined = ''
  while (afterId !== undefined) afterId = await tell(ctx, tenant, { afterId, signal })
}

/** Named accounts, or a page of all. */
type Question = { accountIds: readonly string[] } | { afterId: string; signal: AbortSignal }

/** Answers the account after which a further page begins, if there may be one. */
async function tell(
  ctx: TellingContext,
  tenant: string,
  question: Question,
): Promise<string | undefined> {
  const { plans, accounts } = await readUntold(ctx, tenant, question)
  const signal = 'signal' in question ? { signal: question.signal } : {}
  const options = asService('subscription', tenant, { timeoutMs: TIMEOUT_MS, ...signal })
  for (const plan of plans) {
    const entitlements = await readEntitlements(ctx, tenant, plan)
    await ctx.clients.metering.putPlanEntitlements({ tenant, ...plan, entitlements }, options)
    await ctx.db.tx(tenant, (tx) => removeUntoldPlanVersion(tx, tenant, plan))
  }
  if (accounts.length === 0) return undefined
  const request = { tenant, accounts: accounts.map(toProtoAccountPlans) }
  await ctx.clients.metering.setAccountPlans(request, options)
  await ctx.db.tx(tenant, (tx) => confirmTold(tx, tenant, accounts))
  return accounts.length === ACCOUNTS_PER_CALL ? accounts.at(-1)?.accountId : undefined
}

/**
 * Revisions and what belongs to them, of one instant: read one after the other, an old state could go
 * out under a new revision and stay.
 */
async function readUntold(
  ctx: TellingContext,
  tenant: string,
  question: Question,
): Promise<{ plans: PlanVersionName[]; accounts: AccountState[] }> {
  return await ctx.db.tx(
    tenant,
    async (tx) => {
      const plans = await listUntoldPlanVersions(tx, tenant)
      const revisions: AccountRevision[] =
        'accountIds' in question
          ? await findUntold(tx, tenant, question.accountIds)
          : await listUntold(tx, tenant, { afterId: question.afterId, limit: ACCOUNTS_PER_CALL })
      return { plans, accounts: await readAccountStates(ctx, tx, tenant, revisions) }
    },
    { isolation: 'repeatable read', readOnly: true },
  )
}
