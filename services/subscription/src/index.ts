import { SubscriptionService } from '@purser/contracts/subscription/v1/subscription'
import type { Clock } from '@purser/kernel'
import { createIdempotency } from '@purser/idempotency'
import type { Database } from '@purser/postgres'
import { defineService, type Service, type ServiceManifest } from '@purser/rpc'
import type { SubscriptionClients, SubscriptionContext } from './context.ts'
import { batchCreateSubscriptions } from './rpc/batch-create-subscriptions.ts'
import { cancelSubscription } from './rpc/cancel-subscription.ts'
import { createPlan } from './rpc/create-plan.ts'
import { createPlanVersion } from './rpc/create-plan-version.ts'
import { createSubscription } from './rpc/create-subscription.ts'
import { getPlan } from './rpc/get-plan.ts'
import { getSubscription } from './rpc/get-subscription.ts'
import { listDuePeriods } from './rpc/list-due-periods.ts'
import { listPlans } from './rpc/list-plans.ts'
import { listSubscriptions } from './rpc/list-subscriptions.ts'
import { TimeZoneCache } from './time-zone-cache.ts'

/** What the composition root needs to know of the service before it exists. */
export const subscriptionManifest: ServiceManifest = {
  name: 'subscription',
  descriptor: SubscriptionService,
  migrationsDir: new URL('../migrations/', import.meta.url),
  calls: ['user', 'metering'],
  publishesEvents: true,
  grpcPort: 50059,
}

/** What the service is given. */
export type SubscriptionDeps = {
  database: Database
  clock: Clock
  clients: SubscriptionClients
}

/** Plans with immutable versions, and the subscriptions of accounts to them. */
export function createSubscriptionService(deps: SubscriptionDeps): Service {
  const { database: db, once } = createIdempotency(deps.database)
  const ctx: SubscriptionContext = {
    db,
    clock: deps.clock,
    clients: deps.clients,
    timeZones: new TimeZoneCache(deps.clients.user),
  }
  return {
    manifest: subscriptionManifest,
    definition: defineService(SubscriptionService, {
      createPlan: once(SubscriptionService.method.createPlan, createPlan(ctx)),
      createPlanVersion: once(SubscriptionService.method.createPlanVersion, createPlanVersion(ctx)),
      getPlan: getPlan(ctx),
      listPlans: listPlans(ctx),
      createSubscription: once(
        SubscriptionService.method.createSubscription,
        createSubscription(ctx),
      ),
      batchCreateSubscriptions: batchCreateSubscriptions(ctx),
      getSubscription: getSubscription(ctx),
      listSubscriptions: listSubscriptions(ctx),
      cancelSubscription: cancelSubscription(ctx),
      listDuePeriods: listDuePeriods(ctx),
    }),
    components: [],
  }
}
