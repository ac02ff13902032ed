import { createClient, type Transport } from '@connectrpc/connect'
import { BillingService } from '@purser/contracts/billing/v1/billing'
import { InvoicingService } from '@purser/contracts/invoicing/v1/invoicing'
import { MeteringService } from '@purser/contracts/metering/v1/metering'
import { SubscriptionService } from '@purser/contracts/subscription/v1/subscription'
import { UserService } from '@purser/contracts/user/v1/user'
import { createPrincipalCodec, createServiceHost } from '@purser/rpc'
import { noMetrics, noTracing, silentLogger } from '@purser/runtime'
import { createBlankDatabase } from '@purser/testing'
import { manifests } from '../../src/manifests.ts'
import { loadPlatformConfig } from '../../src/platform/config.ts'
import { startFoundation } from '../../src/platform/start-foundation.ts'
import { createServices } from '../../src/topology.ts'
import { Shop, type ShopOptions } from './shop.ts'

/** Every service as the platform composes them, on one database, reached by contract clients. */
export type Billing = Awaited<ReturnType<typeof startBilling>>

/** Roles belong to the whole test server: every database of it needs the passwords of this secret. */
const TEST_SECRET = 'test'

/** A method of a service that a test interferes with. */
export type Interference = {
  /** Such as `issueInvoices`. */
  method: string
  before?: () => Promise<void> | void
  /** Called once the answer is there; throwing loses it, as a crash of the caller does. */
  after?: () => Promise<void> | void
}

/**
 * Boots the services from `topology.ts` on a blank database. The present is `present.now`; nothing but calls of
 * the test does any work, unless `withJobs` starts the job worker.
 */
export async function startBilling(options: { maxWorkers?: number; withJobs?: boolean } = {}) {
  const database = await createBlankDatabase()
  const env = { POSTGRES_URL: database.adminUrl, MAX_WORKERS: String(options.maxWorkers ?? 2) }
  const { foundation, connect, components } = await startFoundation({
    config: loadPlatformConfig({ env, cwd: import.meta.dirname }).config,
    hosted: new Set(manifests.map(({ name }) => name)),
    secret: TEST_SECRET,
    log: silentLogger,
    metrics: noMetrics,
    tracing: noTracing,
  })
  const present = { now: Temporal.Instant.from('2026-08-15T12:00:00Z') }
  // It moves on with every look, so that what follows has a later time, as it has outside of tests.
  const clock = { now: () => (present.now = present.now.add({ milliseconds: 1 })) }
  const services = createServices({ ...foundation, clock })
  const host = createServiceHost({
    services: services.map(({ definition }) => definition),
    log: silentLogger,
    principals: createPrincipalCodec({ key: 'a key of the tests, of thirty-two bytes' }),
  })
  const interferences = new Set<Interference>()
  for (const { name } of manifests) connect(name, interruptible(host.transport(), interferences))
  const jobs = options.withJobs ? services.flatMap((service) => service.components) : []
  for (const component of jobs) await component.start()
  const client = {
    user: createClient(UserService, host.transport()),
    metering: createClient(MeteringService, host.transport()),
    subscription: createClient(SubscriptionService, host.transport()),
    invoicing: createClient(InvoicingService, host.transport()),
    billing: createClient(BillingService, host.transport()),
  }
  let shopCount = 0
  return {
    client,
    present,
    adminQuery: database.adminQuery,
    /** A new tenant with meters of every aggregation; see Shop. */
    openShop: (shop: ShopOptions = {}) => {
      shopCount += 1
      return Shop.open({ client, adminQuery: database.adminQuery }, `shop-${shopCount}`, shop)
    },
    /** Interferes with the calls between services while `work` runs. */
    interfere: async <T>(interference: Interference, work: () => Promise<T>): Promise<T> => {
      interferences.add(interference)
      try {
        return await work()
      } finally {
        interferences.delete(interference)
      }
    },
    close: async () => {
      for (const component of jobs.toReversed()) {
        await component.drain?.()
        await component.stop()
      }
      for (const component of components.toReversed()) await component.stop()
      await database.close()
    },
  }
}

/** The transport between services; unary calls that a test interferes with are stopped on their way. */
function interruptible(target: Transport, interferences: ReadonlySet<Interference>): Transport {
  return {
    stream: target.stream.bind(target),
    unary: async (method, ...call) => {
      const found = [...interferences].filter((one) => one.method === method.localName)
      for (const { before } of found) await before?.()
      const answer = await target.unary(method, ...call)
      for (const { after } of found) await after?.()
      return answer
    },
  }
}
