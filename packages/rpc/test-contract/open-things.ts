import { createClient, type Transport } from '@connectrpc/connect'
import { type Clock, systemClock } from '@purser/kernel'
import { createLogger, createMetrics, noTracing, type Tracing } from '@purser/runtime'
import {
  createPrincipalCodec,
  createRemoteTransport,
  createServiceHost,
  type ServiceHostOptions,
} from '../src/index.ts'
import { ThingService } from './gen/purser/testing/v1/testing_pb.js'
import { type ThingEvents, thingService } from './thing-service.ts'

export const transportNames = ['direct', 'connect', 'grpc', 'grpc-web'] as const
export type TransportName = (typeof transportNames)[number]

export const principalTestKey = 'a key of at least thirty-two bytes for tests'

type OpenOptions = { clock?: Clock; tracing?: Tracing } & Partial<ServiceHostOptions>

/** A host of the test service and a client that reaches it by `name`, closed by `close`. */
export async function openThings(name: TransportName, options: OpenOptions = {}) {
  const { clock = systemClock, tracing = noTracing, ...overrides } = options
  const principals = createPrincipalCodec({ key: principalTestKey, clock })
  const metrics = createMetrics({ processMetrics: false })
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const log = createLogger({ level: 'debug', name: 'test', destination })
  const events: ThingEvents = []
  const things = thingService(() => transport, events)
  const host = createServiceHost({
    services: [things],
    log,
    principals,
    metrics,
    tracing,
    ...overrides,
  })
  const server = await host.listen({ port: 0 })
  const remote = createRemoteTransport({
    baseUrl: server.url,
    principals,
    tracing,
    protocol: name === 'direct' ? 'connect' : name,
  })
  const transport: Transport = name === 'direct' ? host.transport() : remote
  return {
    client: createClient(ThingService, transport),
    transport,
    host,
    server,
    principals,
    metrics,
    lines,
    events,
    async close() {
      remote.close()
      await server.close({ timeoutMs: 1000 })
    },
  }
}

export type OpenThings = Awaited<ReturnType<typeof openThings>>
