import type { IncomingHttpHeaders } from 'node:http'
import { type Logger, type Tracing, traceContextOf } from '@purser/runtime'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { GatewayDeps } from './gateway-deps.ts'

const MS_PER_SECOND = 1_000

/** The status of `request.canceled`, which nobody is there to be answered with. */
const CLIENT_LEFT = 499

/** What all requests share that were for a route and got a status: made once, it takes 2 µs off each of them. */
type Series = { duration: { observe(seconds: number): void }; log: Logger }

/** One log line, one measurement and, when tracing, one span a request. Neither headers nor bodies are told. */
export function observeRequests(
  fastify: FastifyInstance,
  { log, metrics, tracing }: Pick<GatewayDeps, 'log' | 'metrics' | 'tracing'>,
): void {
  const duration = metrics.histogram(
    'http_request_duration_seconds',
    'Duration of HTTP requests.',
    ['method', 'route', 'status'],
  )
  // Routes, methods and statuses are few. One key of all three would be put together and hashed at each request.
  const series = new Map<string, Map<string, Map<number, Series>>>()
  const seriesOf = (route: string, method: string, code: number) =>
    series
      .getOrInsertComputed(route, () => new Map())
      .getOrInsertComputed(method, () => new Map())
      .getOrInsertComputed(code, () => {
        const labels = { method, route, status: String(code) }
        return { duration: duration.labels(labels), log: log.child(labels) }
      })
  // Fastify's `onResponse` listens to two events, finds the route anew and says nothing of clients that left.
  fastify.addHook('onRequest', (request, reply, done) => {
    const startedMs = performance.now()
    reply.raw.on('close', () => {
      const elapsedMs = performance.now() - startedMs
      const { duration: observed, log: told } = seriesOf(...labelsOf(request, reply))
      observed.observe(elapsedMs / MS_PER_SECOND)
      const durationMs = Math.round(elapsedMs * 10) / 10
      told.info({ requestId: request.id, durationMs }, 'request')
    })
    done()
  })
  if (tracing.enabled) traceRequests(fastify, tracing)
}

/** Route, method and status: 499 when the client left before there was an answer. */
function labelsOf(request: FastifyRequest, { raw }: FastifyReply): [string, string, number] {
  const code = raw.headersSent ? raw.statusCode : CLIENT_LEFT
  return [request.routeOptions.url ?? 'unknown', request.method, code]
}

/** A span around each request, below that of the caller when it sent one; calls to services become its children. */
function traceRequests(fastify: FastifyInstance, tracing: Tracing): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    const attributes = {
      'http.request.method': request.method,
      'url.path': request.url.split('?')[0] ?? '',
    }
    const parent = traceContextOf(new Headers(traceHeaders(request.headers)))
    const span = tracing.startSpan(`HTTP ${request.method}`, attributes, { kind: 'server', parent })
    reply.raw.once('close', () => {
      span.set({ 'http.response.status_code': reply.statusCode })
      span.end()
    })
    span.run(done)
  })
}

function traceHeaders({ traceparent, tracestate }: IncomingHttpHeaders): [string, string][] {
  const pairs = [['traceparent', traceparent] as const, ['tracestate', tracestate] as const]
  return pairs.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []))
}
