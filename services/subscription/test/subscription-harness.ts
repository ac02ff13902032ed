import { fileURLToPath } from 'node:url'
import type { MessageInitShape } from '@bufbuild/protobuf'
import type { EntitlementSchema, UsageLimitSchema } from '@purser/contracts/common/v1/entitlement'
import { Aggregation, type SetAccountPlansRequest } from '@purser/contracts/metering/v1/metering'
import type {
  PlanTermsSchema,
  PriceSchema,
  SubscriptionSchema,
} from '@purser/contracts/subscription/v1/subscription'
import { migrateJobs } from '@purser/jobs'
import { PurserError } from '@purser/kernel'
import { meteringManifest } from '@purser/metering'
import { asService, type ServiceManifest, toProtoTimestamp } from '@purser/rpc'
import { createTestDatabase } from '@purser/testing'
import { userManifest } from '@purser/user'
import { subscriptionManifest } from '../src/index.ts'
import { startBed, type Wire } from './service-bed.ts'

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

/** A fixed price, of 10 dollars unless told. */
export const flat = (priceKey = 'base', amount = '10') => ({
  priceKey,
  description: 'Base fee',
  model: { case: 'flat' as const, value: { amount } },
})

/** The use of a feature that the meter `calls` counts, 5 units per rolling window unless told. */
export const feature = (
  featureKey = 'widgets',
  limits: MessageInitShape<typeof UsageLimitSchema>[] = [{ limitKey: 'rate', quantity: 5n }],
  more: MessageInitShape<typeof EntitlementSchema> = {},
) => ({ featureKey, meterKey: 'calls', limits, ...more })

/**
 * The subscription service with the real user and metering services beside it, each on a fresh
 * database, at a present that tests move. Its job worker stands still until `startWorker`.
 */
export async function startSubscription() {
  const databases = await Promise.all(
    [userManifest, meteringManifest, subscriptionManifest].map(open),
  )
  const [forUser, forMetering, own] = databases as [Opened, Opened, Opened]
  const present = { now: Temporal.Instant.from('2026-02-15T12:00:00Z') }
  const clock = { now: () => present.now }
  const wire = createWire()
  const places = { user: forUser, metering: forMetering, subscription: own }
  const { service, bus, clients, client } = startBed(places, { clock, wire: wire.pass })
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
    bus,
    metering: clients.metering,
    places,
    present,
    wire,
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
    setSeats: (tenant: string, subscriptionId: string, seats: number) =>
      client.setSeats({ tenant, subscriptionId, seats }, as(tenant)),
    changePlan: (tenant: string, subscriptionId: string, planKey: string, more = {}) =>
      client.changePlan({ tenant, subscriptionId, planKey, ...more }, as(tenant)),
    list: async (tenant: string, accountId = '') => {
      const request = { tenant, accountId, pageSize: 1_000 }
      return (await client.listSubscriptions(request, as(tenant))).subscriptions
    },
    /** Subjects and payloads in the tenant's outbox, in order; acts for the audit log left out. */
    events: (tenant: string) =>
      own.adminQuery<{ subject: string; payload: Record<string, unknown> }>(
        `select subject, payload from subscription.outbox
         where tenant_id = $1 and subject <> 'audit.recorded' order by seq`,
        [tenant],
      ),
    /** Revisions of an account: this service's, what it takes for told, and what metering has. */
    revisions: async (tenant: string, accountId: string) => {
      const [counted] = await own.adminQuery<{ revision: string; told_revision: string }>(
        `select revision, told_revision from subscription.account_revision
         where tenant_id = $1 and account_id = $2`,
        [tenant, accountId],
      )
      const [known] = await forMetering.adminQuery<{ revision: string }>(
        'select revision from metering.entitled_account where tenant_id = $1 and account_id = $2',
        [tenant, accountId],
      )
      return {
        own: Number(counted?.revision ?? 0),
        told: Number(counted?.told_revision ?? 0),
        known: Number(known?.revision ?? 0),
      }
    },
    startWorker: async () => {
      for (const component of service.components) await component.start()
      return async () => {
        for (const component of service.components) await component.stop()
      }
    },
    adminQuery: own.adminQuery,
    close: async () => {
      await Promise.all(databases.map((database) => database.close()))
    },
  }
}

/** A wire to metering that a test may cut, and that remembers what was sent of accounts. */
function createWire() {
  const state = {
    isCut: false,
    sent: [] as SetAccountPlansRequest[],
    onSend: async (): Promise<void> => undefined,
  }
  const pass: Wire = async (method, request, send) => {
    if (state.isCut) throw new PurserError('platform.unavailable', 'the wire is cut')
    if (method === 'setAccountPlans') state.sent.push(request as unknown as SetAccountPlansRequest)
    await state.onSend()
    return await send()
  }
  return Object.assign(state, { pass })
}

type Opened = Awaited<ReturnType<typeof open>>

async function open({ name, migrationsDir, jobsSchema: schema }: ServiceManifest) {
  const options = schema === undefined ? {} : { jobs: { schema, migrate: migrateJobs } }
  return await createTestDatabase(name, fileURLToPath(migrationsDir), options)
}

export type Subscriptions = Awaited<ReturnType<typeof startSubscription>>
