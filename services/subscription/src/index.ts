import { SubscriptionService } from '@purser/contracts/subscription/v1/subscription'
import type { Bus } from '@purser/events'
import { createActs } from '@purser/idempotency'
import { createJobs } from '@purser/jobs'
import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { Service, ServiceManifest } from '@purser/rpc'
import type { Logger, Metrics } from '@purser/runtime'
import { withAfterCommit } from './after-commit.ts'
import type { SubscriptionClients, SubscriptionContext, TellingContext } from './context.ts'
import { subscribeNewcomerJob } from './jobs/subscribe-newcomer.ts'
import { tellMeteringJob } from './jobs/tell-metering.ts'
import { onUserRegistered } from './on/user-registered.ts'
import { batchCreateSubscriptions } from './rpc/batch-create-subscriptions.ts'
import { cancelSubscription } from './rpc/cancel-subscription.ts'
import { changePlan } from './rpc/change-plan.ts'
import { createPlan } from './rpc/create-plan.ts'
import { createPlanVersion } from './rpc/create-plan-version.ts'
import { createSubscription } from './rpc/create-subscription.ts'
import { createTopUp } from './rpc/create-top-up.ts'
import { erasePersonalData } from './rpc/erase-personal-data.ts'
import { exportPersonalData } from './rpc/export-personal-data.ts'
import { getPlan } from './rpc/get-plan.ts'
import { getSubscription } from './rpc/get-subscription.ts'
import { listAccountPlans } from './rpc/list-account-plans.ts'
import { listDuePeriods } from './rpc/list-due-periods.ts'
import { listEntitlements } from './rpc/list-entitlements.ts'
import { listPlans } from './rpc/list-plans.ts'
import { listSubscriptions } from './rpc/list-subscriptions.ts'
import { listTopUps } from './rpc/list-top-ups.ts'
import { setSeats } from './rpc/set-seats.ts'
import { TimeZoneCache } from './time-zone-cache.ts'

/** What the composition root needs to know of the service before it exists. */
export const subscriptionManifest: ServiceManifest = {
  name: 'subscription',
  descriptor: SubscriptionService,
  migrationsDir: new URL('../migrations/', import.meta.url),
  jobsSchema: 'subscription_jobs',
  hears: ['user'],
  calls: ['user', 'metering'],
  publishesEvents: true,
  grpcPort: 50059,
}

/** What the service is given. */
export type SubscriptionDeps = {
  database: Database
  /** How its job worker reaches the database. */
  connection: { url: string; role: string; password: string }
  clock: Clock
  log: Logger
  metrics: Metrics
  bus: Bus
  clients: SubscriptionClients
}

/** Plans with immutable versions, the subscriptions of accounts to them, and what these entitle to. */
export function createSubscriptionService(deps: SubscriptionDeps): Service {
  // Below the acts: what follows a commit follows that of the stored reply.
  const { database, afterCommit } = withAfterCommit(deps.database)
  const { database: db, define } = createActs({ database, clock: deps.clock })
  const { clock, log, metrics, clients } = deps
  const telling: TellingContext = { db: deps.database, clock, log, clients }
  const ctx: SubscriptionContext = {
    db,
    clock,
    clients,
    timeZones: new TimeZoneCache(clients.user),
    addJob: (tx, task, payload, options) => jobs.add(tx, task, payload, options),
    afterCommit,
    telling,
  }
  const jobs = createJobs({
    ...deps.connection,
    schema: 'subscription_jobs',
    tasks: {
      'tell-metering': tellMeteringJob(telling),
      'subscribe-newcomer': subscribeNewcomerJob(ctx),
    },
    log,
    metrics,
  })
  deps.bus.subscribe(onUserRegistered({ database: deps.database, addJob: ctx.addJob }))
  return {
    manifest: subscriptionManifest,
    definition: define(SubscriptionService, {
      createPlan: createPlan(ctx),
      createPlanVersion: createPlanVersion(ctx),
      getPlan: getPlan(ctx),
      listPlans: listPlans(ctx),
      createSubscription: createSubscription(ctx),
      batchCreateSubscriptions: batchCreateSubscriptions(ctx),
      getSubscription: getSubscription(ctx),
      listSubscriptions: listSubscriptions(ctx),
      cancelSubscription: cancelSubscription(ctx),
      setSeats: setSeats(ctx),
      changePlan: changePlan(ctx),
      createTopUp: createTopUp(ctx),
      listTopUps: listTopUps(ctx),
      listEntitlements: listEntitlements(ctx),
      listAccountPlans: listAccountPlans(ctx),
      listDuePeriods: listDuePeriods(ctx),
      exportPersonalData: exportPersonalData(ctx),
      erasePersonalData: erasePersonalData(ctx),
    }),
    components: [jobs],
  }
}
