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
  fastify.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    const labels = { method: request.method, route, status: String(reply.statusCode) }
    duration.observe(labels, reply.elapsedTime / MS_PER_SECOND)
    const durationMs = Math.round(reply.elapsedTime * 10) / 10
    log.info({ ...labels, requestId: request.id, durationMs }, 'request')
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
