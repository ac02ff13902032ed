import { fileURLToPath } from 'node:url'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { Aggregation, MeteringService } from '@purser/contracts/metering/v1/metering'
import {
  type PlanTermsSchema,
  type PriceSchema,
  type SubscriptionSchema,
  SubscriptionService,
} from '@purser/contracts/subscription/v1/subscription'
import { UserService } from '@purser/contracts/user/v1/user'
import { createMeteringService, meteringManifest } from '@purser/metering'
import { asService, type ServiceManifest, toProtoTimestamp } from '@purser/rpc'
import { createTestDatabase, hostServices } from '@purser/testing'
import { createUserService, userManifest } from '@purser/user'
import { createSubscriptionService, subscriptionManifest } from '../src/index.ts'

type Price = MessageInitShape<typeof PriceSchema>
type Terms = MessageInitShape<typeof PlanTermsSchema>
type NewSubscription = MessageInitShape<typeof SubscriptionSchema>

/** A contract's timestamp of RFC 3339 text. */
export const at = (text: string) => toProtoTimestamp(Temporal.Instant.from(text))

/** A price of one cent for each unit of a meter. */
export const perUnit = (meterKey: string, priceKey = meterKey) => ({
  priceKey,
  description: `Usage of ${meterKey}`,
  meterKey,
  model: { case: 'perUnit' as const, value: { unitAmount: '0.01' } },
})

/** What the user service needs for sign-in, which nobody does here. */
const ofTokens = { secret: 'a secret of tests, long enough to be one', issuer: 'purser' }

/** A fixed price, of 10 dollars unless told. */
export const flat = (priceKey = 'base', amount = '10') => ({
  priceKey,
  description: 'Base fee',
  model: { case: 'flat' as const, value: { amount } },
})

/**
 * The subscription service with the real user and metering services beside it, each on a fresh
 * database, at a present that tests move.
 */
export async function startSubscription() {
  const databases = await Promise.all(
    [userManifest, meteringManifest, subscriptionManifest].map(open),
  )
  const [forUser, forMetering, own] = databases as [Opened, Opened, Opened]
  const present = { now: Temporal.Instant.from('2026-02-15T12:00:00Z') }
  const clock = { now: () => present.now }
  const neighbours = hostServices(
    createUserService({ ...ofTokens, database: forUser.database, clock }),
    createMeteringService({ database: forMetering.database, clock, maxWorkers: 2, maxDbJobs: 2 }),
  )
  const clients = { user: neighbours(UserService), metering: neighbours(MeteringService) }
  const service = createSubscriptionService({ database: own.database, clock, clients })
  const client = hostServices(service)(SubscriptionService)
  const as = (tenant: string, permissions: readonly string[] = ['*']) =>
    asService('test', tenant, { permissions })
  const meter = (meterKey: string) => ({
    meterKey,
    name: meterKey,
    eventType: meterKey,
    aggregation: Aggregation.SUM,
  })

  return {
    client,
    present,
    as,
    /** A tenant with these accounts and the meters `calls`, `storage` and `seats`. */
    createTenant: async (
      tenant: string,
      accountIds: readonly string[],
      timeZone = 'Europe/Warsaw',
    ) => {
      const newTenant = { tenant, legalName: tenant, timeZone }
      await clients.user.createTenant({ newTenant }, as(tenant))
      const accounts = accountIds.map((accountId) => ({ accountId, name: accountId }))
      await clients.user.batchCreateAccounts({ tenant, accounts }, as(tenant))
      for (const key of ['calls', 'storage', 'seats']) {
        await clients.metering.createMeter({ tenant, meter: meter(key) }, as(tenant))
      }
    },
    createPlan: (tenant: string, planKey: string, prices: Price[] = [flat()], terms: Terms = {}) =>
      client.createPlan(
        { tenant, plan: { planKey, terms: { name: planKey, currency: 'USD', prices, ...terms } } },
        as(tenant),
      ),
    subscribe: (tenant: string, subscription: NewSubscription) =>
      client.createSubscription({ tenant, subscription }, as(tenant)),
    subscribeAll: (tenant: string, subscriptions: NewSubscription[]) =>
      client.batchCreateSubscriptions({ tenant, subscriptions }, as(tenant)),
    cancel: (tenant: string, subscriptionId: string, endTime?: string) =>
      client.cancelSubscription(
        { tenant, subscriptionId, ...(endTime === undefined ? {} : { endTime: at(endTime) }) },
        as(tenant),
      ),
    list: async (tenant: string, accountId = '') => {
      const request = { tenant, accountId, pageSize: 1_000 }
      return (await client.listSubscriptions(request, as(tenant))).subscriptions
    },
    /** Subjects and payloads in the tenant's outbox, in order. */
    events: (tenant: string) =>
      own.adminQuery<{ subject: string; payload: Record<string, unknown> }>(
        'select subject, payload from subscription.outbox where tenant_id = $1 order by seq',
        [tenant],
      ),
    adminQuery: own.adminQuery,
    close: async () => {
      await Promise.all(databases.map((database) => database.close()))
    },
  }
}

type Opened = Awaited<ReturnType<typeof open>>

function open({ name, migrationsDir }: ServiceManifest) {
  return createTestDatabase(name, fileURLToPath(migrationsDir))
}

export type Subscriptions = Awaited<ReturnType<typeof startSubscription>>
