import type { IncomingHttpHeaders } from 'node:http'
import { type Tracing, traceContextOf } from '@purser/runtime'
import type { FastifyInstance } from 'fastify'
import type { GatewayDeps } from './gateway-deps.ts'

const MS_PER_SECOND = 1_000

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
  if (tracing.enabled) traceRequests(fastify, tracing)
  // Looking a label set up costs more than observing it. Routes, methods and statuses are few.
  const durations = new Map<string, { observe(seconds: number): void }>()
  fastify.addHook('onResponse', (request, reply, done) => {
    const { method, id: requestId } = request
    const route = request.routeOptions.url ?? 'unknown'
    const status = String(reply.statusCode)
    const elapsedMs = reply.elapsedTime
    const key = `${method} ${route} ${status}`
    const known = durations.get(key) ?? duration.labels({ method, route, status })
    durations.set(key, known)
    known.observe(elapsedMs / MS_PER_SECOND)
    const durationMs = Math.round(elapsedMs * 10) / 10
    log.info({ method, route, status, requestId, durationMs }, 'request')
    done()
  })
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
