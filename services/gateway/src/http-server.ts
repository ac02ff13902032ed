import type { DescMethod } from '@bufbuild/protobuf'
import type { PurserError } from '@purser/kernel'
import {
  createRestRoutes,
  registerRest,
  type RestCallOptions,
  restServerOptions,
} from '@purser/rest'
import { callValues, compileAccessPolicy } from '@purser/rpc'
import type { Logger } from '@purser/runtime'
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import type { GatewayDeps } from './gateway-deps.ts'
import { listenOrExplain } from './listen-or-explain.ts'
import { registerDocs } from './register-docs.ts'
import { registerOperations } from './register-operations.ts'
import { RequestGate } from './request-gate.ts'
import { requestIdFor } from './request-id.ts'
import { observeRequests } from './observe-requests.ts'
import { securityHeaders } from './security-headers.ts'

/** Headers come soon or not at all. */
const HEADERS_TIMEOUT_MS = 10_000
const KEEP_ALIVE_TIMEOUT_MS = 65_000

/** A connection on which nothing moves for so long is cut. Longer than a caller waits for a billing run. */
const SILENCE_TIMEOUT_MS = 600_000
const SWEEP_INTERVAL_MS = 250

const MAX_HEADER_BYTES = 16 * 1024

type HttpServer = { listen(config: GatewayDeps['config']): Promise<string>; close(): Promise<void> }

/** Wires the server; it does not listen yet. */
export function createHttpServer(deps: GatewayDeps): { server: HttpServer; gate: RequestGate } {
  const fastify = createFastify()
  const gate = new RequestGate()
  guardRequests(fastify, gate)
  observeRequests(fastify, deps)
  registerOperations(fastify, deps)
  registerDocs(fastify, deps.contracts)
  registerRest(fastify, {
    routes: createRestRoutes({ services: deps.contracts, transport: deps.transport }),
    prepare: admitWith(deps),
    onProblem: (error, request) => logProblem(deps.log, error, request),
  })
  const server = {
    listen: (config: GatewayDeps['config']) => listenOrExplain(fastify, config),
    close: () => closeAll(fastify),
  }
  return { server, gate }
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
    http: { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_TIMEOUT_MS },
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    connectionTimeout: SILENCE_TIMEOUT_MS,
    // An upload may take as long as it moves.
    requestTimeout: 0,
    forceCloseConnections: 'idle',
    genReqId: (request) => requestIdFor(request.headers['x-request-id']),
  })
  fastify.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...securityHeaders, 'x-request-id': request.id })
  })
  return fastify
}

/** Counts requests in, and out when their answer is sent or their client has gone. */
function guardRequests(fastify: FastifyInstance, gate: RequestGate): void {
  fastify.addHook('onRequest', async (request, reply) => {
    if (request.url.startsWith('/health/')) return
    gate.enter()
    reply.raw.once('close', () => gate.leave())
  })
}

/** Recognizes the caller and checks the contract's permission, before anything of the body is read. */
function admitWith({ authenticator }: GatewayDeps) {
  const policies = new Map<DescMethod, ReturnType<typeof compileAccessPolicy>>()
  return async (request: FastifyRequest, method: DescMethod): Promise<RestCallOptions> => {
    const principal = await authenticator.authenticate(request.headers)
    const policy = policies.get(method) ?? compileAccessPolicy(method)
    policies.set(method, policy)
    policy.checkCaller(principal)
    return { contextValues: callValues(principal, request.id) }
  }
}

function logProblem(log: Logger, error: PurserError, request: FastifyRequest): void {
  if (error.kind !== 'internal') return
  log.error({ err: error, requestId: request.id, method: request.method }, 'request failed')
}
