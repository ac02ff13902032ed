import type { DescService } from '@bufbuild/protobuf'
import { createClient } from '@connectrpc/connect'
import { CatalogService } from '@purser/contracts/catalog/v1/catalog'
import { InvoicingService } from '@purser/contracts/invoicing/v1/invoicing'
import { MeteringService } from '@purser/contracts/metering/v1/metering'
import { NotificationService } from '@purser/contracts/notification/v1/notification'
import { UserService } from '@purser/contracts/user/v1/user'
import { type Clock, PurserError, systemClock } from '@purser/kernel'
import {
  createPrincipalCodec,
  createServiceHost,
  type Principal,
  principalOf,
  requestIdOf,
  type ServiceDefinition,
} from '@purser/rpc'
import { createLogger, createMetrics, HealthRegistry, noTracing } from '@purser/runtime'
import { onTestFinished } from 'vitest'
import {
  Authenticator,
  createGateway,
  createServicePortAdmission,
  MemoryRateLimitStore,
  type RateLimits,
  type RateLimitStore,
} from '../src/index.ts'

/** What the services behind the gateway noticed. */
type Seen = {
  principals: Principal[]
  requestIds: string[]
  verifications: string[]
  headers: Headers[]
}

/** Implementations by method; every other method answers `resource.not_found`. */
export type Methods = Record<string, (...args: never[]) => unknown>

export const reader = 'pk_reader_of_acme'
export const writer = 'pk_writer_of_acme'

const permissionsOf = new Map([
  [reader, ['metering.meters.read']],
  [writer, ['metering.*']],
])

type GatewayOptions = {
  methods?: Methods
  clock?: Clock
  nowMs?: () => number
  /** Unlimited unless told. */
  rateLimits?: Partial<RateLimits>
  trustedProxies?: readonly string[]
  corsOrigins?: readonly string[]
  defaultTenant?: string
  rateLimitStore?: RateLimitStore
}

/** Issuer of the access tokens that the gateway accepts. */
export const ISSUER = 'https://purser.test'

const PRINCIPAL_KEY = 'a key of at least thirty-two bytes for tests'

/** A running gateway in front of services of this test, stopped at its end. */
export async function openGateway(options: GatewayOptions = {}) {
  const { methods = {}, clock = systemClock, nowMs = () => performance.now() } = options
  const { trustedProxies = [], corsOrigins = [], defaultTenant } = options
  const { rateLimitStore = new MemoryRateLimitStore() } = options
  const rateLimits = { default: 0, bulk: 0, sensitive: 0, usage: 0, ...options.rateLimits }
  const seen: Seen = { principals: [], requestIds: [], verifications: [], headers: [] }
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const log = createLogger({ level: 'debug', name: 'gateway', destination })
  const contracts = [UserService, MeteringService, InvoicingService, CatalogService]
  const all = { ...standIns(seen), ...methods }
  const principals = createPrincipalCodec({ key: PRINCIPAL_KEY, clock })
  const host = createServiceHost({
    services: [...contracts, NotificationService].map((service) => implement(service, all)),
    log,
    principals,
    checkCredentials: (call) => admitOutsider(call),
  })
  const user = createClient(UserService, host.transport())
  const authenticator = new Authenticator({ user, clock, issuer: ISSUER, nowMs })
  const guard = { authenticator, rateLimits, rateLimitStore, trustedProxies, nowMs }
  const admitOutsider = createServicePortAdmission(guard)
  const health = new HealthRegistry({ log })
  const gateway = createGateway({
    config: {
      host: '127.0.0.1',
      port: 0,
      rateLimits,
      trustedProxies,
      corsOrigins,
      defaultTenant,
    },
    contracts,
    transport: () => host.transport(),
    authenticator,
    notification: createClient(NotificationService, host.transport()),
    rateLimitStore,
    nowMs,
    log,
    metrics: createMetrics({ processMetrics: false }),
    tracing: noTracing,
    health,
  })
  await gateway.start()
  onTestFinished(() => gateway.stop())
  const url = gateway.url() ?? ''
  const ask = (path: string, init: RequestInit & { key?: string } = {}) => {
    const { key, headers, ...rest } = init
    const credentials = key === undefined ? {} : { authorization: `Bearer ${key}` }
    return fetch(`${url}${path}`, { ...rest, headers: { ...credentials, ...headers } })
  }
  /** Opens the port of the services behind it, until the test ends, and answers its URL. */
  const openPort = async () => {
    const server = await host.listen({ port: 0 })
    onTestFinished(() => server.close({ timeoutMs: 1_000 }))
    return server.url
  }
  return { gateway, health, seen, lines, url, ask, openPort, principals }
}

function implement(service: DescService, methods: Methods): ServiceDefinition {
  const refuse = () => {
    throw new PurserError('resource.not_found', 'not found')
  }
  const names = service.methods.map((method) => method.localName)
  return {
    service,
    implementation: Object.fromEntries(names.map((name) => [name, methods[name] ?? refuse])),
  }
}

function standIns(seen: Seen): Methods {
  return {
    verifyApiKey: ({ secret }: { secret: string }) => {
      seen.verifications.push(secret)
      const permissions = permissionsOf.get(secret)
      if (permissions) return { apiKeyId: `key_of_${secret}`, tenant: 'acme', permissions }
      throw new PurserError('auth.invalid_credentials', 'The credentials are not valid.')
    },
    listMeters: (_request: object, context: Parameters<typeof principalOf>[0]) => {
      seen.principals.push(principalOf(context))
      seen.requestIds.push(requestIdOf(context))
      seen.headers.push(context.requestHeader)
      return { meters: [] }
    },
  }
}
