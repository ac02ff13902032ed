import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import type { DescService } from '@bufbuild/protobuf'
import { createClient, type Transport } from '@connectrpc/connect'
import { InProcessBus } from '@purser/events'
import { migrateJobs } from '@purser/jobs'
import { allEnded, assert, systemClock } from '@purser/kernel'
import {
  assertDurable,
  createDatabase,
  type Database,
  migrate,
  rolePassword,
  startEmbeddedPostgres,
} from '@purser/postgres'
import type { ServiceManifest } from '@purser/rpc'
import type { Component, Logger, Metrics, Tracing } from '@purser/runtime'
import { manifests } from '../manifests.ts'
import type { PlatformConfig } from './config.ts'
import { countersUrlOf } from './counters-url.ts'
import type { Foundation } from './foundation.ts'
import { LateTransport } from './late-transport.ts'
import { mailSettingsOf } from './mail-settings.ts'

/**
 * Connections of one service beside those of its sections. Few: each makes its own plans, and more transactions at once
 * than processors wait for each other's locks.
 */
const CONNECTIONS_BESIDE_JOBS = Math.max(1, Math.floor(availableParallelism() / 2))

/** The foundation, what stops it, and how its clients get to know where services are. */
export type StartedFoundation = {
  foundation: Foundation
  /** Databases and, when embedded, the server: stopped after everything else. */
  components: Component[]
  /** Names the transport of a service, once every service was made. */
  connect(service: string, transport: Transport): void
}

/**
 * Starts Postgres unless one is configured, migrates the hosted services and opens their databases.
 * Throws what each of them throws, one line that says what to do.
 */
export async function startFoundation(options: {
  config: PlatformConfig
  hosted: ReadonlySet<string>
  secret: string
  log: Logger
  metrics: Metrics
  tracing: Tracing
}): Promise<StartedFoundation> {
  const { config, hosted, secret, log, metrics, tracing } = options
  const mail = mailSettingsOf(config)
  const countersUrl = countersUrlOf(config)
  const own = manifests.filter(({ name }) => hosted.has(name))
  const server = await serverFor(config, own, log)
  const databases = new Map<string, Database>()
  const connections = new Map<string, { url: string; role: string; password: string }>()
  try {
    await allEnded(
      own.map(async (manifest) => {
        const adminUrl = config.ofService(manifest.name, 'POSTGRES_URL') ?? server.adminUrl
        const connection = connectionOf(manifest, adminUrl, secret)
        await migrateService(manifest, adminUrl, connection, log)
        connections.set(manifest.name, connection)
        databases.set(manifest.name, openDatabase(manifest, connection, config, log))
      }),
    )
    await Promise.all([...databases.values()].map((database) => assertDurable(database)))
  } catch (error) {
    await Promise.all([...databases.values()].map((database) => database.close()))
    await server.stop()
    throw error
  }
  const transports = new Map(manifests.map(({ name }) => [name, new LateTransport()]))
  const transport = (descriptor: DescService): Transport => {
    const manifest = manifests.find((candidate) => candidate.descriptor === descriptor)
    assert(manifest, () => `${descriptor.typeName} is in no manifest`)
    return found(transports, manifest.name)
  }
  const foundation: Foundation = {
    clock: systemClock,
    log,
    metrics,
    tracing,
    bus: new InProcessBus(),
    mail,
    secret,
    issuer: config.tokenIssuer,
    relyingParty: { rpId: config.webAuthnRpId, origins: config.webAuthnOrigins },
    webUrl: config.webUrl,
    ssoOnLoopback: config.ssoOnLoopback,
    countersUrl,
    limits: { maxWorkers: config.maxWorkers, maxDbJobs: config.maxDbJobs },
    runTimeoutMs: config.runDeadlineSeconds * 1_000,
    hosts: (service) => hosted.has(service),
    database: (service) => found(databases, service),
    connection: (service) => found(connections, service),
    transport,
    client: (descriptor) => createClient(descriptor, transport(descriptor)),
  }
  return {
    foundation,
    connect: (service, transport) => found(transports, service).connect(transport),
    components: [
      stoppable('postgres', server.stop),
      ...[...databases].map(([name, database]) =>
        stoppable(`${name} database`, () => database.close()),
      ),
    ],
  }
}

/** The configured server, or the embedded one unless every service has its own or none needs any. */
async function serverFor(config: PlatformConfig, own: readonly ServiceManifest[], log: Logger) {
  const needsOne = own.some(({ name }) => config.ofService(name, 'POSTGRES_URL') === undefined)
  if (config.postgresUrl !== undefined || !needsOne) {
    return { adminUrl: config.postgresUrl ?? '', stop: async () => {} }
  }
  const embedded = await startEmbeddedPostgres({
    dataDir: resolve(config.dataDir, 'postgres'),
    log,
  })
  return { adminUrl: embedded.adminUrl, stop: () => embedded.stop() }
}

function connectionOf({ name }: ServiceManifest, url: string, secret: string) {
  const role = `purser_${name}`
  return { url, role, password: rolePassword(secret, role) }
}

async function migrateService(
  manifest: ServiceManifest,
  adminUrl: string,
  { role, password }: { role: string; password: string },
  log: Logger,
): Promise<void> {
  const { name, migrationsDir, jobsSchema, keepsPlans = false } = manifest
  await migrate({
    adminUrl,
    service: name,
    schema: name,
    role,
    password,
    keepsPlans,
    migrationsDir: migrationsDir.pathname,
    log,
  })
  if (jobsSchema !== undefined) await migrateJobs({ adminUrl, schema: jobsSchema, role, log })
}

function openDatabase(
  { name }: ServiceManifest,
  connection: { url: string; role: string; password: string },
  config: PlatformConfig,
  log: Logger,
): Database {
  return createDatabase({
    ...connection,
    schema: name,
    maxConnections: config.maxDbJobs + CONNECTIONS_BESIDE_JOBS,
    log,
  })
}

function stoppable(name: string, stop: () => Promise<void>): Component {
  return { name, start: async () => {}, stop }
}

function found<Value>(map: ReadonlyMap<string, Value>, service: string): Value {
  const value = map.get(service)
  assert(value !== undefined, () => `this process does not run ${service}`)
  return value
}
