import { type ErrorCode, errorKinds } from '@purser/kernel'
import { problemKind } from '@purser/rest'
import type { FastifyInstance } from 'fastify'
import type { GatewayDeps } from './gateway-deps.ts'

/** What anyone may ask without credentials: health, metrics, what a problem's `type` means. */
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
  fastify.get<{ Params: { code: string } }>(
    '/problems/:code',
    async ({ params: { code } }, reply) => {
      if (!isErrorCode(code)) return reply.code(404).send({ code: 'request.not_found' })
      return { code, kind: errorKinds[code], ...problemKind(code) }
    },
  )
  fastify.get('/', async (_request, reply) => reply.redirect('/docs'))
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorKinds, code)
}
