import type { HandlerContext } from '@connectrpc/connect'
import type { Subscription as ProtoSubscription } from '@purser/contracts/subscription/v1/subscription'
import { assert, type FieldViolation, newId, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { asService } from '@purser/rpc'
import type { SubscriptionContext } from '../context.ts'
import { Holdings } from '../domain/holdings.ts'
import { earlier } from '../domain/instant.ts'
import type { PlanVersion } from '../domain/plan.ts'
import { MAX_HELD, type Subscription } from '../domain/subscription.ts'
import { lockAccounts } from '../store/account-lock.ts'
import { markAccountsChanged } from '../projection/mark-changed.ts'
import { listPlanVersions, type PlanVersionName } from '../store/plan.ts'
import { insertSubscriptions, listHoldings } from '../store/subscription.ts'
import { fromProtoAlignment, fromProtoInstant } from './convert.ts'

/** A wanted subscription and its place in the request: `subscription` or `subscriptions[3]`. */
export type Wanted = { requested: ProtoSubscription; path: string }

/** What `subscribe` made of the wanted subscriptions, in their order. */
export type Subscribed = {
  created: Subscription[]
  /** Places of those whose account is on the plan already when they would start. */
  existing: string[]
}

type Draft = { subscription: Subscription; plan: PlanVersion; path: string }

/**
 * Subscribes accounts to plans: all of them, or none when it throws, except those that are on their
 * plan already. `finish` publishes, in the same transaction. Refusals, each naming every culprit,
 * in order:
 *
 * 1. `request.invalid`: an end is given, or the account does not exist;
 * 2. `resource.not_found`: the tenant does not exist;
 * 3. `subscription.plan_unavailable`: no such plan or version;
 * 4. `subscription.meter_already_priced`: another subscription of the account prices a meter of the
 *    plan at the start or later;
 * 5. `subscription.too_many`: the account has as many subscriptions as it may.
 *
 * Metering is told of the accounts whose plan has features. A job has no `call`.
 */
export async function subscribe(
  ctx: SubscriptionContext,
  call: HandlerContext | undefined,
  { tenant, wanted }: { tenant: string; wanted: readonly Wanted[] },
  finish: (tx: Tx, subscribed: Subscribed) => Promise<void>,
): Promise<Subscribed> {
  refuseEnds(wanted)
  await checkAccounts(ctx, call, tenant, wanted)
  const timeZone = await ctx.timeZones.timeZoneOf(tenant)
  return await ctx.db.tx(tenant, async (tx) => {
    const plans = await readPlans(tx, tenant, wanted)
    const drafts = wanted.map((each) => draft(ctx, tenant, timeZone, each, plans))
    const subscribed = decide(drafts, await readHoldings(tx, tenant, drafts))
    await insertSubscriptions(tx, tenant, subscribed.created)
    await finish(tx, subscribed)
    await markAccountsChanged(ctx, tx, tenant, entitledAccounts(subscribed, plans))
    return subscribed
  })
}

function entitledAccounts(
  { created }: Subscribed,
  plans: ReadonlyMap<string, PlanVersion>,
): string[] {
  const withFeatures = new Set(
    [...plans.values()].filter(({ featureKeys }) => featureKeys.length > 0).map(versionName),
  )
  return created
    .filter(({ planKey, planVersion: version }) =>
      withFeatures.has(versionName({ planKey, version })),
    )
    .map(({ accountId }) => accountId)
}

function refuseEnds(wanted: readonly Wanted[]): void {
  const fields = wanted.flatMap(({ requested, path }) =>
    requested.endTime === undefined
      ? []
      : [{ field: `${path}.end_time`, message: 'must be empty: CancelSubscription sets it' }],
  )
  refuse('request.invalid', 'A subscription is created without an end.', fields)
}

async function checkAccounts(
  ctx: SubscriptionContext,
  call: HandlerContext | undefined,
  tenant: string,
  wanted: readonly Wanted[],
): Promise<void> {
  // In the service's own name: who may write subscriptions need not be allowed to read accounts.
  const options = asService('subscription', tenant, call && { context: call })
  const accountIds = wanted.map(({ requested }) => requested.accountId)
  const answer = await ctx.clients.user.findMissingAccounts({ tenant, accountIds }, options)
  const missing = new Set(answer.missingAccountIds)
  const fields = wanted.flatMap(({ requested, path }) =>
    missing.has(requested.accountId)
      ? [{ field: `${path}.account_id`, message: 'is not the id of an account' }]
      : [],
  )
  refuse('request.invalid', 'An account does not exist.', fields)
}

async function readPlans(
  tx: Tx,
  tenant: string,
  wanted: readonly Wanted[],
): Promise<ReadonlyMap<string, PlanVersion>> {
  const names = new Map(wanted.map(({ requested }) => [planName(requested), requested]))
  const found = await listPlanVersions(
    tx,
    tenant,
    [...names.values()].map(({ planKey, planVersion }) => ({ planKey, version: planVersion })),
  )
  const plans = new Map(
    found.map(({ wantedVersion, plan }) => [
      versionName({ planKey: plan.planKey, version: wantedVersion }),
      plan,
    ]),
  )
  const fields = wanted.flatMap(({ requested, path }) =>
    plans.has(planName(requested))
      ? []
      : [{ field: `${path}.plan_key`, message: 'is not the key of a plan with this version' }],
  )
  refuse('subscription.plan_unavailable', 'A plan or its version does not exist.', fields)
  return plans
}

function planName({ planKey, planVersion }: { planKey: string; planVersion: number }): string {
  return versionName({ planKey, version: planVersion })
}

function versionName({ planKey, version }: PlanVersionName): string {
  return `${planKey} ${version}`
}

function draft(
  ctx: SubscriptionContext,
  tenant: string,
  timeZone: string,
  { requested, path }: Wanted,
  plans: ReadonlyMap<string, PlanVersion>,
): Draft {
  const plan = plans.get(planName(requested))
  assert(plan, 'every wanted plan was found')
  const { accountId, planKey, startTime } = requested
  const now = ctx.clock.now({ tenantId: tenant, accountId }).round('microsecond')
  const subscription: Subscription = {
    subscriptionId: newId('sub'),
    accountId,
    planKey,
    planVersion: plan.version,
    status: 'active',
    startAt: startTime ? fromProtoInstant(startTime) : now,
    endAt: undefined,
    alignment: fromProtoAlignment(requested.alignment),
    seats: requested.seats || 1,
    timeZone,
    intervalUnit: plan.intervalUnit,
    intervalCount: plan.intervalCount,
    createdAt: now,
  }
  return { subscription, plan, path }
}

/**
 * What the accounts hold from now or the earliest start on; nobody adds to it while their locks are
 * held.
 */
async function readHoldings(tx: Tx, tenant: string, drafts: readonly Draft[]): Promise<Holdings> {
  const accountIds = [...new Set(drafts.map(({ subscription }) => subscription.accountId))]
  const since = drafts
    .map(({ subscription: { startAt, createdAt } }) => earlier(startAt, createdAt))
    .reduce(earlier)
  await lockAccounts(tx, tenant, accountIds)
  return new Holdings(await listHoldings(tx, tenant, accountIds, since))
}

/** Divides the drafts; of two that exclude each other the first is created. */
function decide(drafts: readonly Draft[], holdings: Holdings): Subscribed {
  const created: Subscription[] = []
  const existing: string[] = []
  const fields: FieldViolation[] = []
  const tooMany: FieldViolation[] = []
  for (const { subscription, plan, path } of drafts) {
    if (holdings.isOnPlan(subscription)) {
      existing.push(path)
      continue
    }
    const priced = holdings.pricedMeters(subscription, plan.meterKeys).map((key) => `"${key}"`)
    if (priced.length > 0) {
      const message = `another subscription of the account prices ${priced.join(', ')}`
      fields.push({ field: path, message })
      continue
    }
    if (holdings.count(subscription.accountId) >= MAX_HELD) {
      tooMany.push({ field: path, message: `the account has ${MAX_HELD} subscriptions` })
      continue
    }
    holdings.add(subscription, plan.meterKeys)
    created.push(subscription)
  }
  const message = 'A meter is priced by one subscription of an account at a time.'
  refuse('subscription.meter_already_priced', message, fields)
  refuse('subscription.too_many', 'An account has too many subscriptions.', tooMany)
  return { created, existing }
}

function refuse(
  code: PurserError['code'],
  message: string,
  fields: readonly FieldViolation[],
): void {
  if (fields.length > 0) throw new PurserError(code, message, { fields })
}
