import type { FastifyInstance } from 'fastify'
import type { GatewayDeps } from './http-server.ts'

/** What operators and orchestrators ask: health and metrics, without credentials. */
export function registerOperations(
  fastify: FastifyInstance,
  { health, metrics }: Pick<GatewayDeps, 'health' | 'metrics'>,
): void {
  fastify.get('/health/live', async () => health.live())
  fastify.get('/health/ready', async (_request, reply) => {
    const readiness = await health.ready()
    return reply.code(readiness.ready ? 200 : 503).send(readiness)
  })
  fastify.get('/health', async (_request, reply) => reply.redirect('/health/ready'))
  fastify.get('/metrics', async (_request, reply) => {
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(await metrics.text())
  })
  fastify.get('/', async (_request, reply) => reply.redirect('/docs'))
}
