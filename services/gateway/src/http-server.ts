import type { PurserError } from '@purser/kernel'
import { carryAnswerHeaders, createRestRoutes, registerRest, restServerOptions } from '@purser/rest'
import type { Logger } from '@purser/runtime'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import { Admission, TENANT_HEADER } from './admission.ts'
import { createClientAddressFinder } from './client-address.ts'
import { registerDevInbox } from './dev-inbox/register-dev-inbox.ts'
import { allowOrigins } from './cors.ts'
import type { GatewayDeps } from './gateway-deps.ts'
import { listenOrExplain } from './listen-or-explain.ts'
import { MemoryRateLimitStore } from './memory-rate-limit-store.ts'
import { RateLimiter } from './rate-limiter.ts'
import { registerDocs } from './register-docs.ts'
import { registerOperations } from './register-operations.ts'
import { PICTURES_PATH, registerPictures } from './register-pictures.ts'
import { JWKS_PATH, registerSigningKeys } from './register-signing-keys.ts'
import { RequestGate } from './request-gate.ts'
import { requestIdFor } from './request-id.ts'
import { observeRequests } from './observe-requests.ts'
import { scimProblem } from './scim-problem.ts'
import { securityHeaders } from './security-headers.ts'

/** Headers come soon or not at all. */
const HEADERS_TIMEOUT_MS = 10_000
const KEEP_ALIVE_TIMEOUT_MS = 65_000

/** A connection on which nothing moves for so long is cut. Longer than a caller waits for a billing run. */
const SILENCE_TIMEOUT_MS = 600_000
const SWEEP_INTERVAL_MS = 250

const MAX_HEADER_BYTES = 16 * 1024

/** Pages that anyone may ask for, limited by address. Health and metrics are not: who watches must always see. */
const limitedPages = new Set(['/', '/openapi.json', '/problems/:code', JWKS_PATH, PICTURES_PATH])
const isLimitedPage = (url: string) => limitedPages.has(url) || url.startsWith('/docs')

type Address = Pick<GatewayDeps['config'], 'host' | 'port'>
type HttpServer = { listen(config: Address): Promise<string>; close(): Promise<void> }

/** Wires the server; it does not listen yet. */
export function createHttpServer(deps: GatewayDeps): { server: HttpServer; gate: RequestGate } {
  const fastify = createFastify()
  const gate = new RequestGate()
  const admission = admissionOf(deps)
  observeRequests(fastify, deps)
  allowOrigins(fastify, deps.config.corsOrigins)
  guardRequests(fastify, gate)
  admission.limitPages(fastify, isLimitedPage)
  registerOperations(fastify, deps)
  registerSigningKeys(fastify, deps.authenticator)
  registerDocs(fastify, deps.contracts)
  if (deps.picturesDir !== undefined) registerPictures(fastify, deps.picturesDir)
  if (deps.notification !== undefined) registerDevInbox(fastify, deps.notification)
  registerRest(fastify, {
    routes: createRestRoutes({ services: deps.contracts, transport: deps.transport }),
    prepare: (request, method, reply) => admission.admit(request, method, reply),
    callerHeaders: ['authorization', 'x-api-key', TENANT_HEADER],
    onProblem: (error, request) => logProblem(deps.log, error, request),
    foreignProblems: { 'application/scim+json': scimProblem },
  })
  const server = {
    listen: (config: Address) => listenOrExplain(fastify, config),
    close: () => closeAll(fastify),
  }
  return { server, gate }
}

function admissionOf({ config, authenticator, rateLimitStore, nowMs }: GatewayDeps): Admission {
  const limiter = new RateLimiter({
    limits: config.rateLimits,
    store: rateLimitStore ?? new MemoryRateLimitStore(),
    nowMs: nowMs ?? (() => performance.now()),
  })
  const addressOf = createClientAddressFinder(config.trustedProxies)
  const { defaultTenant } = config
  return new Admission({ authenticator, limiter, addressOf, defaultTenant })
}

/** A connection whose upload was refused becomes idle only later, so idle ones are closed again and again. */
async function closeAll(fastify: FastifyInstance): Promise<void> {
  const sweep = setInterval(() => fastify.server.closeIdleConnections(), SWEEP_INTERVAL_MS)
  try {
    await fastify.close()
  } finally {
    clearInterval(sweep)
  }
}

function createFastify(): FastifyInstance {
  const fastify = Fastify({
    ...restServerOptions,
    logger: false,
    http: {
      maxHeaderSize: MAX_HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
    },
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionTimeout: SILENCE_TIMEOUT_MS,
    // An upload may take as long as it moves.
    requestTimeout: 0,
    forceCloseConnections: 'idle',
    genReqId: (request) => requestIdFor(request.headers['x-request-id']),
  })
  // Node answers an unknown `Expect` by itself, with a bare 417: ignored, as RFC 9110 section 10.1.1 allows.
  fastify.server.on('checkExpectation', (request, response) => {
    fastify.server.emit('request', request, response)
  })
  carryAnswerHeaders(fastify)
  const constantHeaders = Object.entries(securityHeaders).flat()
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.answerHeaders = [...constantHeaders, 'x-request-id', request.id]
    done()
  })
  return fastify
}

/** Counts requests in, and out when their answer is sent or their client has gone. */
function guardRequests(fastify: FastifyInstance, gate: RequestGate): void {
  const leave = () => gate.leave()
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.url.startsWith('/health/')) return done()
    gate.enter()
    // It comes once; `once` would make two functions a request.
    reply.raw.on('close', leave)
    done()
  })
}

function logProblem(log: Logger, error: PurserError, request: FastifyRequest): void {
  if (error.kind !== 'internal') return
  log.error({ err: error, requestId: request.id, method: request.method }, 'request failed')
}
