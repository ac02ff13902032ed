import type { DescMethod, DescService, Message } from '@bufbuild/protobuf'
import {
  Code,
  ConnectError,
  createContextValues,
  type HandlerContext,
  type Transport,
} from '@connectrpc/connect'
import { compressionGzip, connectNodeAdapter } from '@connectrpc/connect-node'
import { assert } from '@purser/kernel'
import {
  type HealthRegistry,
  type Logger,
  type Metrics,
  noMetrics,
  noTracing,
  type Tracing,
} from '@purser/runtime'
import { publicPolicy } from './access-policy.ts'
import { authenticateCaller, type CredentialCheck, peerAddressKey } from './authenticate-caller.ts'
import { createDirectTransport } from './direct-transport.ts'
import { toConnectError, toPurserError } from './error-mapping.ts'
import { healthService } from './health-service.ts'
import { type HostedMethod, type HostMethodOptions, hostMethod } from './host-method.ts'
import { type ListenOptions, listenOnePort } from './one-port-server.ts'
import type { PrincipalCodec } from './principal-token.ts'
import { reflectionServices } from './reflection-service.ts'
import type { ServiceDefinition } from './service-definition.ts'

export type ServiceHostOptions = {
  services: readonly ServiceDefinition[]
  log: Logger
  /** Verifies the principals of calls that arrive over the network. */
  principals: PrincipalCodec
  metrics?: Metrics
  tracing?: Tracing
  /** Behind `grpc.health.v1`; without it the host is healthy while it listens. */
  health?: HealthRegistry
  /** Recognizes other credentials on the network, such as an API key in `authorization`. */
  checkCredentials?: CredentialCheck
  /** One `info` line a call. */
  logCalls?: boolean
  /** Largest request message over the network; 16 MiB unless given. */
  maxMessageBytes?: number
}

export type RunningServer = {
  readonly host: string
  readonly port: number
  /** Base URL for `createRemoteTransport`. */
  readonly url: string
  /** Stops accepting, lets running calls finish for `timeoutMs`, then aborts and cuts the rest. */
  close(options: { timeoutMs: number }): Promise<void>
}

/**
 * Services with their checks, ready to be reached in process (`transport`) and over one cleartext
 * port (`listen`) by gRPC, gRPC-Web and Connect on HTTP/1.1 and HTTP/2, together with gRPC
 * reflection and health.
 */
export type ServiceHost = {
  readonly services: readonly DescService[]
  /** The same object each time. */
  transport(): Transport
  listen(options: ListenOptions): Promise<RunningServer>
}

const DEFAULT_MAX_MESSAGE_BYTES = 16 * 1024 * 1024

/**
 * Compiles the contracts of `services`. Throws an AssertionError, naming the culprit, for a method
 * that declares no access, one without an implementation, a rule that cannot work, a service given
 * twice.
 */
export function createServiceHost(options: ServiceHostOptions): ServiceHost {
  const methodOptions: HostMethodOptions = {
    log: options.log,
    metrics: options.metrics ?? noMetrics,
    tracing: options.tracing ?? noTracing,
    logCalls: options.logCalls ?? false,
    authenticate: authenticateCaller(options.principals, options.checkCredentials),
  }
  const services = options.services.map((definition) => definition.service)
  const names = new Set(services.map((service) => service.typeName))
  assert(names.size === services.length, 'a service is given twice')
  const methods = hostServices(options.services, methodOptions)
  const transport = createDirectTransport(methods)

  return {
    services,
    transport: () => transport,
    async listen(listenOptions) {
      const health = healthService(services, options.health)
      const reflection = reflectionServices([...services, health.service])
      const open = { ...methodOptions, access: publicPolicy }
      const all = new Map([...methods, ...hostServices([health, ...reflection], open)])
      const stopping = new AbortController()
      const handler = connectNodeAdapter({
        routes: (router) => {
          for (const hosted of all.values()) router.rpc(hosted.method, networkMethod(hosted))
        },
        // Brotli at its default quality costs more time than it saves on a network.
        acceptCompression: [compressionGzip],
        readMaxBytes: options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
        shutdownSignal: stopping.signal,
        contextValues: ({ socket }) =>
          createContextValues().set(peerAddressKey, socket.remoteAddress ?? ''),
      })
      const server = await listenOnePort(handler, listenOptions)
      const { host, port } = server
      return {
        host,
        port,
        url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
        close: ({ timeoutMs }) =>
          server.close(timeoutMs, () => {
            stopping.abort(new ConnectError('the server is stopping', Code.Unavailable))
          }),
      }
    },
  }
}

function hostServices(
  definitions: readonly ServiceDefinition[],
  options: HostMethodOptions,
): Map<DescMethod, HostedMethod> {
  const methods = new Map<DescMethod, HostedMethod>()
  for (const { service, implementation } of definitions) {
    for (const method of service.methods) {
      const implement = implementation[method.localName]
      assert(
        typeof implement === 'function',
        () => `${service.typeName}/${method.name} has no implementation`,
      )
      const bound = implement.bind(implementation)
      methods.set(method, hostMethod(method, bound, options))
    }
  }
  return methods
}

/** A hosted method in the shape that Connect's router calls, with errors ready for the wire. */
function networkMethod({ method, unary, stream }: HostedMethod): never {
  const outputs = async function* (messages: AsyncIterable<Message>, context: HandlerContext) {
    try {
      yield* stream(messages, context)
    } catch (error) {
      throw toConnectError(toPurserError(error))
    }
  }
  const implementations = {
    unary: async (message: Message, context: HandlerContext) => {
      try {
        return await unary(message, context)
      } catch (error) {
        throw toConnectError(toPurserError(error))
      }
    },
    server_streaming: (message: Message, context: HandlerContext) =>
      outputs(only(message), context),
    client_streaming: async (messages: AsyncIterable<Message>, context: HandlerContext) => {
      const { value } = await outputs(messages, context).next()
      return value
    },
    bidi_streaming: outputs,
  }
  // The router's signature depends on the kind of a method that is known here only at run time.
  return implementations[method.methodKind] as never
}

async function* only(message: Message): AsyncGenerator<Message> {
  yield message
}
