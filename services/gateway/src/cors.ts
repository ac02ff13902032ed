import { PurserError } from '@purser/kernel'
import type { FastifyInstance } from 'fastify'

const PREFLIGHT_SECONDS = 600

const preflightHeaders = {
  'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
  'access-control-allow-headers':
    'authorization, content-type, idempotency-key, x-api-key, x-request-id, x-purser-tenant',
  'access-control-max-age': String(PREFLIGHT_SECONDS),
}

const limits = ['limit', 'remaining', 'reset']
const exposedHeaders = [
  'x-request-id',
  'retry-after',
  ...limits.map((name) => `ratelimit-${name}`),
  ...limits.map((name) => `x-ratelimit-${name}`),
].join(', ')

/**
 * Lets pages of exactly these origins read answers; of no other, and none when there are none. Credentials go in
 * headers, never in cookies, so none are allowed. Throws `config.invalid` for what is no origin.
 */
export function allowOrigins(fastify: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return
  for (const origin of origins) requireOrigin(origin)
  const allowed = new Set(origins)
  fastify.addHook('onRequest', async (request, reply) => {
    reply.header('vary', 'Origin')
    const { origin } = request.headers
    if (origin === undefined || !allowed.has(origin)) return undefined
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': exposedHeaders,
    })
    const isPreflight = request.headers['access-control-request-method'] !== undefined
    if (request.method !== 'OPTIONS' || !isPreflight) return undefined
    return reply.code(204).headers(preflightHeaders).send()
  })
}

function requireOrigin(origin: string): void {
  const url = URL.parse(origin)
  if (url?.origin === origin && /^https?:$/.test(url.protocol)) return
  throw new PurserError(
    'config.invalid',
    `CORS_ORIGINS: "${origin}" is no origin such as https://shop.example`,
  )
}
