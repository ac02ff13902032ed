import { createRelay } from '@purser/events'
import { forwardActs } from '@purser/idempotency'
import { createGateway, type GatewayDeps } from '@purser/gateway'
import { demoShop } from '@purser/catalog'
import { CatalogService } from '@purser/contracts/catalog/v1/catalog'
import { NotificationService } from '@purser/contracts/notification/v1/notification'
import { InvoicingService } from '@purser/contracts/invoicing/v1/invoicing'
import { MeteringService } from '@purser/contracts/metering/v1/metering'
import { ShippingService } from '@purser/contracts/shipping/v1/shipping'
import { SubscriptionService } from '@purser/contracts/subscription/v1/subscription'
import { UserService } from '@purser/contracts/user/v1/user'
import { createPrincipalCodec } from '@purser/rpc'
import {
  type Component,
  createLogger,
  createMetrics,
  createTracing,
  HealthRegistry,
  type Logger,
  noMetrics,
  type RunningComponents,
  type StartStep,
  startComponents,
} from '@purser/runtime'
import { createServices, publicContracts } from '../topology.ts'
import type { PlatformConfig } from './config.ts'
import type { Foundation } from './foundation.ts'
import { createGuard, rateLimitsOf } from './guard.ts'
import { hostedServices } from './hosted-services.ts'
import { createNetwork } from './network.ts'
import { readSecret } from './secret.ts'
import { DEMO_TENANT, seed } from './seed.ts'
import { seedPlans } from './seed-plans.ts'
import { seedShipping } from './seed-shipping.ts'
import { seedShop } from './seed-shop.ts'
import { seedTaxes } from './seed-taxes.ts'
import { type StartedFoundation, startFoundation } from './start-foundation.ts'

const STOP_TIMEOUT_MS = 20_000

/** A platform that serves. */
export type Platform = {
  /** Base URL of the REST API; undefined when this process runs no gateway. */
  url: string | undefined
  /** Key of the demo tenant; undefined unless this process seeds. */
  demoKey: string | undefined
  /** Calls a service in the platform's own name, wherever it runs. */
  client: Foundation['client']
  /** Drains and stops everything, the embedded database included. Safe to call again. */
  stop(): Promise<void>
}

/**
 * Starts everything that this process runs. Throws PurserErrors whose message is one line that says what to do:
 * a busy port, a read-only folder, a second copy on the same data, a wrong variable.
 */
export async function startPlatform(
  config: PlatformConfig,
  signal: AbortSignal,
): Promise<Platform> {
  const hosted = hostedServices(config)
  const secret = await readSecret(config)
  const metrics = config.observabilityDisabled ? noMetrics : createMetrics({ processMetrics: true })
  const tracing = await createTracing({
    serviceName: 'purser',
    disabled: config.observabilityDisabled,
    exporter: config.tracesExporter,
    otlpEndpoint: config.otlpEndpoint,
    sampleRatio: config.traceSampleRatio,
  })
  const log = createLogger({ level: config.logLevel, name: 'purser', context: tracing.logFields })
  const started = await startFoundation({ config, hosted, secret, log, metrics, tracing })
  const lifecycle = { log, signal, stopTimeoutMs: STOP_TIMEOUT_MS }
  const { steps, url } = await composeOrStop(started, { config, secret })
  const running = await startComponents([...started.components, ...steps], lifecycle)
  const stop = () => running.stop().finally(() => tracing.stop())
  const demoKey = await seedOrStop(started, config, running)
  return { url: url(), demoKey, client: started.foundation.client, stop }
}

async function composeOrStop(
  started: StartedFoundation,
  settings: Parameters<typeof compose>[1],
): Promise<ReturnType<typeof compose>> {
  try {
    return compose(started, settings)
  } catch (error) {
    await stopQuietly(started.components, started.foundation.log)
    throw error
  }
}

function compose(
  { foundation, connect }: StartedFoundation,
  { config, secret }: { config: PlatformConfig; secret: string },
): { steps: StartStep[]; url: () => string | undefined } {
  const { log, metrics, tracing } = foundation
  const principals = createPrincipalCodec({ key: secret })
  const health = new HealthRegistry({ log })
  const services = createServices(foundation)
  const databases = services.map(({ manifest }) => foundation.database(manifest.name))
  for (const database of databases) {
    health.add({ name: `database ${database.schema}`, check: () => database.ping() })
  }
  const { authenticator, rateLimitStore, admitOutsider, ...guard } = createGuard(foundation, config)
  const network = createNetwork(services, { config, foundation, principals, health, admitOutsider })
  for (const [service, transport] of network.transports) connect(service, transport)
  const outboxes = services
    .filter(({ manifest }) => manifest.publishesEvents)
    .map(({ manifest }) => foundation.database(manifest.name))
  foundation.bus.forward(forwardActs(foundation.client(UserService)))
  const relay = createRelay({ bus: foundation.bus, outboxes, log, metrics })
  const inner = [
    ...guard.components,
    { sideBySide: services.map((service) => service.components) },
    relay,
  ]
  const ports = network.components.map((port) => [port])
  if (!foundation.hosts('gateway')) {
    return { steps: [...inner, { sideBySide: ports }], url: () => undefined }
  }
  const gateway = createGateway({
    config: gatewayConfigOf(config),
    contracts: publicContracts,
    transport: foundation.transport,
    authenticator,
    rateLimitStore,
    notification: foundation.client(NotificationService),
    ...(config.seed && { picturesDir: demoShop.picturesDir }),
    log,
    metrics,
    tracing,
    health,
  })
  return { steps: [...inner, { sideBySide: [[gateway], ...ports] }], url: () => gateway.url() }
}

function gatewayConfigOf(config: PlatformConfig): GatewayDeps['config'] {
  return {
    host: config.httpHost,
    port: config.httpPort,
    rateLimits: rateLimitsOf(config),
    trustedProxies: config.trustedProxies,
    corsOrigins: config.corsOrigins,
    defaultTenant: config.defaultTenant ?? (config.seed ? DEMO_TENANT : undefined),
  }
}

async function seedOrStop(
  { foundation }: StartedFoundation,
  config: PlatformConfig,
  running: RunningComponents,
): Promise<string | undefined> {
  if (!config.seed || !foundation.hosts('user')) return undefined
  try {
    const key = await seed(foundation.client(UserService), config.dataDir)
    // Other processes may not answer yet.
    const hasPlans = foundation.hosts('metering') && foundation.hosts('subscription')
    await Promise.all([
      hasPlans &&
        seedPlans({
          metering: foundation.client(MeteringService),
          subscription: foundation.client(SubscriptionService),
        }),
      foundation.hosts('catalog') && seedShop(foundation.client(CatalogService)),
      foundation.hosts('shipping') && seedShipping(foundation.client(ShippingService)),
      foundation.hosts('invoicing') && seedTaxes(foundation.client(InvoicingService)),
    ])
    return key
  } catch (error) {
    await running.stop()
    throw error
  }
}

async function stopQuietly(components: readonly Component[], log: Logger): Promise<void> {
  for (const component of components.toReversed()) {
    await component
      .stop()
      .catch((err: unknown) => log.error({ err }, `could not stop ${component.name}`))
  }
}
