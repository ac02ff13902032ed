import { createRelay, InProcessBus } from '@purser/events'
import { Authenticator, createGateway, type GatewayDeps } from '@purser/gateway'
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
  startComponents,
} from '@purser/runtime'
import { createServices, publicContracts } from '../topology.ts'
import type { PlatformConfig } from './config.ts'
import { createNetwork } from './network.ts'
import { readSecret } from './secret.ts'
import { seed } from './seed.ts'
import { hostedServices, type StartedFoundation, startFoundation } from './start-foundation.ts'

const STOP_TIMEOUT_MS = 20_000

/** A platform that serves. */
export type Platform = {
  /** Base URL of the REST API; undefined when this process runs no gateway. */
  url: string | undefined
  /** Key of the demo tenant; undefined unless this process seeds. */
  demoKey: string | undefined
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
  const { components, url } = await composeOrStop(started, { config, secret })
  const running = await startComponents([...started.components, ...components], lifecycle)
  const stop = () => running.stop().finally(() => tracing.stop())
  return { url: url(), demoKey: await seedOrStop(started, config, running), stop }
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
): { components: Component[]; url: () => string | undefined } {
  const { log, metrics, tracing } = foundation
  const principals = createPrincipalCodec({ key: secret })
  const health = new HealthRegistry({ log })
  const services = createServices(foundation)
  const databases = services.map(({ manifest }) => foundation.database(manifest.name))
  for (const database of databases) {
    health.add({ name: `database ${database.schema}`, check: () => database.ping() })
  }
  const user = foundation.client(UserService)
  const authenticator = new Authenticator({
    user,
    clock: foundation.clock,
    issuer: foundation.issuer,
  })
  const network = createNetwork(services, { config, foundation, principals, health, authenticator })
  for (const [service, transport] of network.transports) connect(service, transport)
  const outboxes = services
    .filter(({ manifest }) => manifest.publishesEvents)
    .map(({ manifest }) => foundation.database(manifest.name))
  const relay = createRelay({ bus: new InProcessBus(), outboxes, log, metrics })
  const inner = [...services.flatMap((service) => service.components), relay, ...network.components]
  if (!foundation.hosts('gateway')) return { components: inner, url: () => undefined }
  const gateway = createGateway({
    config: gatewayConfigOf(config),
    contracts: publicContracts,
    transport: foundation.transport,
    authenticator,
    log,
    metrics,
    tracing,
    health,
  })
  return { components: [...inner, gateway], url: () => gateway.url() }
}

function gatewayConfigOf(config: PlatformConfig): GatewayDeps['config'] {
  return {
    host: config.httpHost,
    port: config.httpPort,
    rateLimits: {
      default: config.rateLimit,
      bulk: config.rateLimitBulk,
      sensitive: config.rateLimitSensitive,
    },
    trustedProxies: config.trustedProxies,
    corsOrigins: config.corsOrigins,
  }
}

async function seedOrStop(
  { foundation }: StartedFoundation,
  config: PlatformConfig,
  running: RunningComponents,
): Promise<string | undefined> {
  if (!config.seed || !foundation.hosts('user')) return undefined
  try {
    return await seed(foundation.client(UserService), config.dataDir)
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
