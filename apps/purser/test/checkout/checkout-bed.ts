import { createClient, type Transport } from '@connectrpc/connect'
import { CartService } from '@purser/contracts/cart/v1/cart'
import { CatalogService } from '@purser/contracts/catalog/v1/catalog'
import { InvoicingService } from '@purser/contracts/invoicing/v1/invoicing'
import { NotificationService } from '@purser/contracts/notification/v1/notification'
import { OrderService } from '@purser/contracts/order/v1/order'
import { PaymentService } from '@purser/contracts/payment/v1/payment'
import { ShippingService } from '@purser/contracts/shipping/v1/shipping'
import { SubscriptionService } from '@purser/contracts/subscription/v1/subscription'
import { UserService } from '@purser/contracts/user/v1/user'
import { createRelay, InProcessBus } from '@purser/events'
import type { Clock } from '@purser/kernel'
import { createOrderService, type OrderDeps } from '@purser/order'
import { createPaymentService } from '@purser/payment'
import type { Database, Tx } from '@purser/postgres'
import { createPrincipalCodec, createServiceHost, type Service } from '@purser/rpc'
import { noMetrics, noTracing, silentLogger } from '@purser/runtime'
import { manifests } from '../../src/manifests.ts'
import { loadPlatformConfig } from '../../src/platform/config.ts'
import { startFoundation } from '../../src/platform/start-foundation.ts'
import { createServices } from '../../src/topology.ts'
import { createPlatformDatabase } from '../platform-database.ts'

const SECRET = 'test'
/**
 * How long the payment service waits for its provider, in milliseconds, unless told: longer than a busy machine needs
 * for an answer. Tests of a provider that falls silent have to wait for it, so they say less.
 */
const PROVIDER_TIMEOUT_MS = 10_000

/** A clock that tests move. */
export class MovableClock implements Clock {
  #now = Temporal.Instant.from('2026-03-01T12:00:00Z')

  now(): Temporal.Instant {
    return this.#now
  }

  add(duration: Temporal.DurationLike): void {
    this.#now = this.#now.add(duration)
  }
}

/** A method of a service that a test interferes with when a checkout calls it. */
export type Interference = {
  /** Such as `createPayment`. */
  method: string
  before?: () => Promise<void> | void
  /** Called once the answer is there; throwing loses it. */
  after?: () => Promise<void> | void
}

export type CheckoutBed = Awaited<ReturnType<typeof startCheckoutBed>>

/**
 * Every service as the platform composes them, on one database, reached by contract clients. No job
 * runs but those that `startJobs` starts: nothing but calls of the test does any work.
 */
export async function startCheckoutBed({
  clock = new MovableClock(),
  providerTimeoutMs = PROVIDER_TIMEOUT_MS,
}: {
  clock?: Clock
  providerTimeoutMs?: number
} = {}) {
  const database = await createPlatformDatabase()
  const statements: string[] = []
  const interferences = new Set<Interference>()
  const { foundation, connect, components } = await startFoundation({
    config: loadPlatformConfig({
      env: { POSTGRES_URL: database.adminUrl },
      cwd: import.meta.dirname,
    }).config,
    hosted: new Set(manifests.map(({ name }) => name)),
    secret: SECRET,
    log: silentLogger,
    metrics: noMetrics,
    tracing: noTracing,
  })
  const databases = new Map(
    manifests.map(({ name }) => [name, recording(foundation.database(name), statements)]),
  )
  const databaseOf = (name: string) => databases.get(name) as Database
  const on = { ...foundation, clock, database: databaseOf }
  const ownOf = (name: string) => ({
    database: databaseOf(name),
    connection: foundation.connection(name),
    clock,
    log: silentLogger,
    metrics: noMetrics,
  })
  const services = createServices(on).map((service) =>
    service.manifest.name === 'payment'
      ? createPaymentService({
          ...ownOf('payment'),
          clients: { user: on.client(UserService) },
          secret: 'the secret of the tests, of thirty-two bytes',
          providerTimeoutMs,
        })
      : service,
  )
  const host = hostOf(services)
  for (const { name } of manifests) connect(name, interruptible(host.transport(), interferences))
  const client = {
    user: createClient(UserService, host.transport()),
    cart: createClient(CartService, host.transport()),
    catalog: createClient(CatalogService, host.transport()),
    shipping: createClient(ShippingService, host.transport()),
    payment: createClient(PaymentService, host.transport()),
    subscription: createClient(SubscriptionService, host.transport()),
    order: createClient(OrderService, host.transport()),
    invoicing: createClient(InvoicingService, host.transport()),
  }
  const orderClients = {
    invoicing: on.client(InvoicingService),
    notification: on.client(NotificationService),
    user: on.client(UserService),
    cart: on.client(CartService),
    catalog: on.client(CatalogService),
    shipping: on.client(ShippingService),
    payment: on.client(PaymentService),
    subscription: on.client(SubscriptionService),
  }
  return {
    client,
    orderClients,
    statements,
    adminUrl: database.adminUrl,
    adminQuery: database.adminQuery,
    /** One number that a statement answers, past row-level security. */
    count: async (sql: string, values: readonly unknown[] = []) => {
      const [row] = await database.adminQuery<{ count: bigint | string }>(sql, values)
      return Number(row?.count)
    },
    /** Another process of the order service on the same database; its jobs run only when started. */
    orderProcess: (changes: Partial<OrderDeps> = {}) => {
      // Its own: events are delivered to the first process.
      const bus = new InProcessBus()
      const own = createOrderService({ ...ownOf('order'), clients: orderClients, bus, ...changes })
      return {
        order: createClient(OrderService, hostOf([own]).transport()),
        start: async () => {
          for (const component of own.components) await component.start()
        },
        stop: async () => {
          for (const component of own.components.toReversed()) {
            await component.drain?.()
            await component.stop()
          }
        },
      }
    },
    /** Delivers events from now on. */
    startRelay: async () => {
      const outboxes = manifests
        .filter(({ publishesEvents }) => publishesEvents)
        .map(({ name }) => foundation.database(name))
      const { bus } = foundation
      const relay = createRelay({ bus, outboxes, log: silentLogger, metrics: noMetrics })
      await relay.start()
      return relay
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
      for (const component of components.toReversed()) await component.stop()
      await database.close()
    },
  }
}

function hostOf(services: readonly Service[]) {
  return createServiceHost({
    services: services.map(({ definition }) => definition),
    log: silentLogger,
    principals: createPrincipalCodec({ key: 'a key of the tests, of thirty-two bytes' }),
  })
}

/** A database that notes the name of each statement in `names`. */
function recording(database: Database, names: string[]): Database {
  const noting = (tx: Tx): Tx => ({
    tenantId: tx.tenantId,
    announce: () => tx.announce(),
    query: (statement, values) => {
      names.push(statement.name)
      return tx.query(statement, values)
    },
    execute: (statement, values) => {
      names.push(statement.name)
      return tx.execute(statement, values)
    },
  })
  return {
    ...database,
    tx: (tenant, work, options) => database.tx(tenant, (tx) => work(noting(tx)), options),
    system: (work, options) => database.system((tx) => work(noting(tx)), options),
    alone: (tenant, statement, values) => {
      names.push(statement.name)
      return database.alone(tenant, statement, values)
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
