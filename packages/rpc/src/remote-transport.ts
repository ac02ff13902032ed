import type { DescMessage } from '@bufbuild/protobuf'
import {
  Code,
  ConnectError,
  type Interceptor,
  type StreamResponse,
  type Transport,
} from '@connectrpc/connect'
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
  Http2SessionManager,
} from '@connectrpc/connect-node'
import { ErrorInfoSchema } from '@purser/contracts/purser/errors/v1/errors'
import { newId, type PurserError } from '@purser/kernel'
import { noTracing, type Tracing } from '@purser/runtime'
import { abortReason, toPurserError } from './error-mapping.ts'
import { principalKey, requestIdKey } from './principal.ts'
import { type PrincipalCodec, principalHeader } from './principal-token.ts'
import { requestIdHeader } from './request-id.ts'

export type RemoteTransportOptions = {
  /** `http://host:port` of a service host. */
  baseUrl: string
  /** Signs the principal of each call. */
  principals: PrincipalCodec
  tracing?: Tracing
  /** Deadline of calls that bring none, in milliseconds; 30,000 unless given, 0 for none. */
  defaultTimeoutMs?: number
  /** Connect in binary unless given: the fastest of the three between our own processes. */
  protocol?: 'connect' | 'grpc' | 'grpc-web'
}

export type RemoteTransport = Transport & {
  /** Cuts the connection; running calls fail with `platform.unavailable` or `request.canceled`. */
  close(): void
}

const creators = {
  connect: createConnectTransport,
  grpc: createGrpcTransport,
  'grpc-web': createGrpcWebTransport,
}

/**
 * Reaches a service host in another process over one HTTP/2 connection that is opened when needed
 * and opened again when lost. Sends the principal (signed), the request id, the deadline and the
 * trace; failures arrive as the PurserError that the other side threw, exactly as with the direct
 * transport.
 */
export function createRemoteTransport(options: RemoteTransportOptions): RemoteTransport {
  const sessionManager = new Http2SessionManager(options.baseUrl)
  const transport = creators[options.protocol ?? 'connect']({
    baseUrl: options.baseUrl,
    httpVersion: '2',
    sessionManager,
    // Compressing costs more than it saves between processes of one deployment.
    acceptCompression: [],
    defaultTimeoutMs: options.defaultTimeoutMs ?? 30_000,
    interceptors: [outgoing(options.principals, options.tracing ?? noTracing)],
  })
  return { ...throwingPurserErrors(transport), close: () => sessionManager.abort() }
}

function outgoing(principals: PrincipalCodec, tracing: Tracing): Interceptor {
  return (next) => (request) => {
    const { header, contextValues, service, method } = request
    const principal = contextValues.get(principalKey)
    if (principal.kind !== 'anonymous') header.set(principalHeader, principals.sign(principal))
    header.set(requestIdHeader, contextValues.get(requestIdKey) || newId('req'))
    if (!tracing.enabled) return next(request)
    const name = `${service.typeName}/${method.name}`
    const send = () => {
      const context = tracing.current()
      if (context) header.set('traceparent', context.traceparent)
      if (context?.tracestate) header.set('tracestate', context.tracestate)
      return next(request)
    }
    return tracing.withSpan(name, { 'rpc.service': service.typeName }, send, { kind: 'client' })
  }
}

function throwingPurserErrors(transport: Transport): Transport {
  return {
    async unary(...call) {
      refuseAborted(call[1])
      try {
        return await transport.unary(...call)
      } catch (error) {
        throw failureOf(error, call[1])
      }
    },
    async stream(...call) {
      refuseAborted(call[1])
      try {
        const response = await transport.stream(...call)
        return withMappedMessages(response, call[1])
      } catch (error) {
        throw failureOf(error, call[1])
      }
    },
  }
}

/** Connect would open the request and then cancel it, when the method may have begun. */
function refuseAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortReason(signal)
}

/** A stream that ends as canceled while nobody here canceled it was reset by a process that ended. */
function failureOf(error: unknown, signal: AbortSignal | undefined): PurserError {
  const isReset = error instanceof ConnectError && error.code === Code.Canceled
  if (isReset && !signal?.aborted && error.findDetails(ErrorInfoSchema).length === 0) {
    return toPurserError(new ConnectError(error.rawMessage, Code.Unavailable, undefined, [], error))
  }
  return toPurserError(error)
}

function withMappedMessages<I extends DescMessage, O extends DescMessage>(
  response: StreamResponse<I, O>,
  signal: AbortSignal | undefined,
): StreamResponse<I, O> {
  const iterator = response.message[Symbol.asyncIterator]()
  const message = {
    [Symbol.asyncIterator]: () => ({
      async next() {
        try {
          return await iterator.next()
        } catch (error) {
          throw failureOf(error, signal)
        }
      },
    }),
  }
  return { ...response, message }
}
