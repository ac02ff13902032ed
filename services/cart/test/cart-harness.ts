import { fileURLToPath } from 'node:url'
import type { Client } from '@connectrpc/connect'
import { catalogManifest, createCatalogService } from '@purser/catalog'
import { CartService } from '@purser/contracts/cart/v1/cart'
import { CatalogService } from '@purser/contracts/catalog/v1/catalog'
import { ProductStatus, StockPolicy } from '@purser/contracts/catalog/v1/product'
import { MeteringService } from '@purser/contracts/metering/v1/metering'
import { SubscriptionService } from '@purser/contracts/subscription/v1/subscription'
import { UserService } from '@purser/contracts/user/v1/user'
import { InProcessBus } from '@purser/events'
import { migrateJobs } from '@purser/jobs'
import { isPurserError } from '@purser/kernel'
import { createMeteringService, meteringManifest } from '@purser/metering'
import { createDatabase, type Database } from '@purser/postgres'
import { asService, callValues, type Principal, type ServiceManifest } from '@purser/rpc'
import { noMetrics, silentLogger } from '@purser/runtime'
import { createSubscriptionService, subscriptionManifest } from '@purser/subscription'
import { createTestDatabase, hostServices, type TestDatabase } from '@purser/testing'
import { createUserService, userManifest } from '@purser/user'
import { expireDueCarts, removeOldCarts } from '../src/jobs/expire-carts.ts'
import { cartManifest, createCartService } from '../src/index.ts'

export const TENANT = 'acme'
export const as = (tenant: string = TENANT) => asService('test', tenant)

/** Options of a call by a person of a tenant. */
export function asPerson(id: string, { tenant = TENANT, key = '' } = {}) {
  const principal: Principal = { kind: 'user', id, tenant, permissions: ['cart.self.*'] }
  const headers = key === '' ? {} : { 'idempotency-key': key }
  return { headers, contextValues: callValues(principal, 'req-1') }
}

/** Options of a call by nobody in particular. */
export const asGuest = {}

/** A clock that a test sets. */
class SetClock {
  #instant = Temporal.Instant.from('2026-02-15T12:00:00Z')
  now(): Temporal.Instant {
    return this.#instant
  }
  advance(duration: Temporal.DurationLike): void {
    this.#instant = this.#instant.add(duration)
  }
}

async function open({ name, migrationsDir, jobsSchema: schema }: ServiceManifest) {
  const jobs = schema === undefined ? {} : { jobs: { schema, migrate: migrateJobs } }
  const options = { maxConnections: 12, ...jobs }
  return await createTestDatabase(name, fileURLToPath(migrationsDir), options)
}

const ofTokens = { secret: 'a secret of tests, long enough to be one', issuer: 'purser' }

/**
 * The cart service with the real user, catalog, subscription and metering services beside it, each on a
 * fresh database, with tenants acme and globex; and further processes of it, each with a pool of its own.
 */
export async function startCart() {
  const manifests = [
    userManifest,
    meteringManifest,
    subscriptionManifest,
    catalogManifest,
    cartManifest,
  ]
  const databases = await Promise.all(manifests.map(open))
  const [forUser, forMetering, forSubscription, forCatalog, own] = databases as [
    TestDatabase,
    TestDatabase,
    TestDatabase,
    TestDatabase,
    TestDatabase,
  ]
  const clock = new SetClock()
  const common = { clock, log: silentLogger, metrics: noMetrics }
  const at = (opened: TestDatabase) => ({
    database: opened.database,
    connection: { url: opened.adminUrl, role: opened.role, password: opened.password },
  })
  const limits = { maxWorkers: 2, maxDbJobs: 2 }
  const neighbours = hostServices(
    createUserService({ ...common, ...ofTokens, ...at(forUser) }),
    createMeteringService({ ...common, ...limits, database: forMetering.database }),
    createCatalogService({ ...common, ...at(forCatalog) }),
  )
  const user = neighbours(UserService)
  const forPlans = { user, metering: neighbours(MeteringService) }
  const bus = new InProcessBus()
  const subscription = hostServices(
    createSubscriptionService({ ...common, ...at(forSubscription), bus, clients: forPlans }),
  )(SubscriptionService)
  const catalog = neighbours(CatalogService)
  const clients = { user, catalog, subscription }
  const serviceOn = (database: Database) =>
    createCartService({ ...common, ...at(own), database, clients })
  const clientOn = (database: Database) => hostServices(serviceOn(database))(CartService)
  const further: Database[] = []
  for (const tenant of [TENANT, 'globex']) {
    const newTenant = { tenant, legalName: tenant, timeZone: 'UTC' }
    await user.createTenant({ newTenant }, as(tenant))
    await catalog.putLocation({ tenant, locationId: 'main', title: 'Main' }, as(tenant))
  }
  return {
    clock,
    catalog,
    subscription,
    cart: clientOn(own.database),
    adminQuery: own.adminQuery,
    /** Another process of the service on the same database. */
    another: (): Client<typeof CartService> => {
      const { adminUrl: url, schema, role, password } = own
      const place = { url, schema, role, password, maxConnections: 12 }
      const database = createDatabase({ ...place, log: silentLogger })
      further.push(database)
      return clientOn(database)
    },
    /** Starts the job worker; answers how to stop it. */
    startWorker: async () => {
      const { components } = serviceOn(own.database)
      for (const component of components) await component.start()
      return async () => {
        for (const component of components.toReversed()) await component.stop()
      }
    },
    /** What the job does. */
    expire: async () => {
      await expireDueCarts({ db: own.database }, clock.now())
      await removeOldCarts({ db: own.database }, clock.now())
    },
    /** Subjects and payloads in the outbox, in order; acts for the audit log left out. */
    events: () =>
      own.adminQuery<{ tenant_id: string; subject: string; payload: Record<string, unknown> }>(
        `select tenant_id, subject, payload from cart.outbox
         where subject <> 'audit.recorded' order by seq`,
      ),
    close: async () => {
      for (const database of further) await database.close()
      await Promise.all(databases.map((opened) => opened.close()))
    },
  }
}

export type Bed = Awaited<ReturnType<typeof startCart>>

let made = 0

/** Creates a product in the shop with one variant, at 10.00 USD and 9.00 EUR unless told; answers the variant's id. */
export async function addVariant(
  { catalog }: Pick<Bed, 'catalog'>,
  { usd = 1_000n, eur = 900n, units = 100, tenant = TENANT, policy = StockPolicy.DENY } = {},
): Promise<string> {
  made += 1
  const input = productOf(`SKU-${made}`, usd, eur, policy)
  const product = await catalog.createProduct({ tenant, input }, as(tenant))
  const variantId = product.variants[0]?.variantId ?? ''
  await setStock({ catalog }, variantId, units, tenant)
  return variantId
}

function productOf(sku: string, usd: bigint, eur: bigint, stockPolicy: StockPolicy) {
  const prices = [
    { amount: { amountCents: usd, currency: 'USD' } },
    { amount: { amountCents: eur, currency: 'EUR' } },
  ].filter(({ amount }) => amount.amountCents > 0n)
  return {
    slug: sku.toLowerCase(),
    title: `Thing ${sku}`,
    status: ProductStatus.PUBLISHED,
    variants: [{ sku, prices, stockPolicy, weightGrams: 250 }],
  }
}

/** Says how many units of a variant lie in stock. */
export async function setStock(
  { catalog }: Pick<Bed, 'catalog'>,
  variantId: string,
  units: number,
  tenant: string = TENANT,
): Promise<void> {
  const level = { tenant, variantId, locationId: 'main', onHand: BigInt(units) }
  await catalog.setStock(level, as(tenant))
}

/** Creates a plan that costs a flat amount a month. */
export async function addPlan(
  { subscription }: Pick<Bed, 'subscription'>,
  planKey: string,
  { amount = '10', currency = 'USD', tenant = TENANT } = {},
): Promise<void> {
  const model = { case: 'flat' as const, value: { amount } }
  const prices = [{ priceKey: 'base', description: 'Base fee', model }]
  const plan = { planKey, terms: { name: `Plan ${planKey}`, currency, prices } }
  await subscription.createPlan({ tenant, plan }, as(tenant))
}

/** Makes a guest's cart; answers what proves whose it is. */
export async function guestCart(
  { cart }: Pick<Bed, 'cart'>,
  { currency = 'USD', tenant = TENANT } = {},
) {
  const created = await cart.createCart({ tenant, currency }, asGuest)
  return { tenant, cartId: created.cart?.cartId ?? '', cartToken: created.cartToken }
}

/** What puts a variant in, as a request has it. */
export const variantOf = (value: string) => ({ case: 'variantId' as const, value })

/** What puts a plan in, as a request has it. */
export const planOf = (value: string) => ({ case: 'planKey' as const, value })

/** What each of the calls came to: 'done' or the code of its refusal, counted. */
export async function outcomes(
  calls: readonly Promise<unknown>[],
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { status, ...settled } of await Promise.allSettled(calls)) {
    const reason = 'reason' in settled ? settled.reason : undefined
    const refusal = isPurserError(reason) ? reason.code : String(reason)
    const key = status === 'fulfilled' ? 'done' : refusal
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

/** Runs `make` so many times at once. */
export const times = <T>(count: number, make: (index: number) => Promise<T>): Promise<T>[] =>
  Array.from({ length: count }, (_, index) => make(index))
