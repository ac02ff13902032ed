import type { FastifyInstance } from 'fastify'
import type { GatewayDeps } from './http-server.ts'

const MS_PER_SECOND = 1_000

/** One log line, one measurement and, when tracing, one span a request. Neither headers nor bodies are told. */
export function observeRequests(
  fastify: FastifyInstance,
  { log, metrics }: Pick<GatewayDeps, 'log' | 'metrics'>,
): void {
  const duration = metrics.histogram(
    'http_request_duration_seconds',
    'Duration of HTTP requests.',
    ['method', 'route', 'status'],
  )
  fastify.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown'
    const labels = { method: request.method, route, status: String(reply.statusCode) }
    duration.observe(labels, reply.elapsedTime / MS_PER_SECOND)
    const durationMs = Math.round(reply.elapsedTime * 10) / 10
    log.info({ ...labels, requestId: request.id, durationMs }, 'request')
  })
}
