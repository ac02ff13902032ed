import type { Transport } from '@connectrpc/connect'
import { assert, PurserError } from '@purser/kernel'
import {
  type CredentialCheck,
  createRemoteTransport,
  createServiceHost,
  type PrincipalCodec,
  type RunningServer,
  type Service,
} from '@purser/rpc'
import type { Component, HealthRegistry } from '@purser/runtime'
import { manifests, serviceNames } from '../manifests.ts'
import { createAbsentTransport } from './absent-transport.ts'
import type { PlatformConfig } from './config.ts'
import type { Foundation } from './foundation.ts'

const CLOSE_TIMEOUT_MS = 5_000

/** Longer than the longest run of a caller that waits: billing decides its own deadline. */
const REMOTE_TIMEOUT_MS = 86_400_000

/** How each service is reached, and what listens for that. */
export type Network = {
  transports: ReadonlyMap<string, Transport>
  /** The ports of hosted services, and the connections to the others. */
  components: Component[]
}

/**
 * Hosts services on their ports and finds the others. Throws `config.invalid` when the address of a service that
 * runs elsewhere is missing.
 */
export function createNetwork(
  services: readonly Service[],
  options: {
    config: PlatformConfig
    foundation: Foundation
    principals: PrincipalCodec
    health: HealthRegistry
    /** Admits callers of service ports from outside. */
    admitOutsider: CredentialCheck
  },
): Network {
  const transports = new Map<string, Transport>()
  const components: Component[] = []
  for (const service of services) {
    const { transport, component } = hostService(service, options)
    transports.set(service.manifest.name, transport)
    components.push(component)
  }
  const elsewhere = calledElsewhere(services, options)
  requireAddresses(elsewhere, options.config)
  for (const name of elsewhere) {
    const { transport, component } = findService(name, options)
    transports.set(name, transport)
    components.push(component)
  }
  const wanted = services.flatMap(({ manifest }) => manifest.mayCall ?? [])
  for (const name of wanted.filter((name) => !transports.has(name))) {
    transports.set(name, createAbsentTransport(name))
  }
  return { transports, components }
}

/**
 * Services that this process calls and does not run; the gateway calls all, and every process the user service: it
 * knows who callers are and keeps the log of what they did. Those that a process can do without are among them where
 * their address is known.
 */
function calledElsewhere(
  services: readonly Service[],
  { foundation, config }: NetworkOptions,
): string[] {
  const hosted = new Set(services.map(({ manifest }) => manifest.name))
  const called = foundation.hosts('gateway')
    ? serviceNames
    : services.flatMap(({ manifest: { calls, mayCall = [] } }) => [
        'user',
        ...calls,
        ...mayCall.filter((name) => config.ofService(name, 'URL') !== undefined),
      ])
  return [...new Set(called)].filter((name) => !hosted.has(name))
}

type NetworkOptions = Parameters<typeof createNetwork>[1]

function hostService(service: Service, options: NetworkOptions) {
  const { config, foundation, principals, health, admitOutsider } = options
  const { name } = service.manifest
  const { log, metrics, tracing } = foundation
  const host = createServiceHost({
    services: [service.definition],
    log,
    metrics,
    tracing,
    principals,
    health,
    checkCredentials: admitOutsider,
  })
  let server: RunningServer | undefined
  const component: Component = {
    name: `${name} port`,
    start: async () => {
      server = await host.listen({
        port: config.grpcPortOf(name),
        host: config.grpcHost,
        portVariable: `${name.toUpperCase()}_GRPC_PORT`,
      })
    },
    stop: async () => {
      await server?.close({ timeoutMs: CLOSE_TIMEOUT_MS })
    },
  }
  return { transport: host.transport(), component }
}

/** Throws `config.invalid` that names every address that is missing. */
function requireAddresses(names: readonly string[], config: PlatformConfig): void {
  const missing = manifests.filter(
    ({ name }) => names.includes(name) && config.ofService(name, 'URL') === undefined,
  )
  if (missing.length === 0) return
  const variables = missing.map(
    ({ name, grpcPort }) => `${name.toUpperCase()}_URL (such as http://${name}:${grpcPort})`,
  )
  throw new PurserError(
    'config.invalid',
    `This process does not run ${missing.map(({ name }) => name).join(', ')}: set to where they answer ${variables.join(', ')}.`,
  )
}

function findService(name: string, { config, foundation, principals }: NetworkOptions) {
  const baseUrl = config.ofService(name, 'URL')
  assert(baseUrl !== undefined, () => `the address of ${name} was looked for before`)
  const transport = createRemoteTransport({
    baseUrl,
    principals,
    tracing: foundation.tracing,
    defaultTimeoutMs: REMOTE_TIMEOUT_MS,
  })
  const component: Component = {
    name: `connection to ${name}`,
    start: async () => {},
    stop: async () => transport.close(),
  }
  return { transport, component }
}
