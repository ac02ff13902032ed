import type { IncomingHttpHeaders } from 'node:http'
import type { DescMethod } from '@bufbuild/protobuf'
import type { RestCallOptions } from '@purser/rest'
import { callValues, compileAccessPolicy } from '@purser/rpc'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Authenticator } from './authenticate.ts'
import { CallerAdmission } from './caller-admission.ts'
import { CLIENT_ADDRESS_HEADER, SESSION_HEADER } from './caller-headers.ts'
import type { ClientAddressFinder } from './client-address.ts'
import type { RateLimiter } from './rate-limiter.ts'

type AdmissionOptions = {
  authenticator: Authenticator
  limiter: RateLimiter
  addressOf: ClientAddressFinder
  /** Tenant of callers without credentials who name none. */
  defaultTenant: string | undefined
}

/** Names the tenant of a caller without credentials, where the path does not. */
export const TENANT_HEADER = 'x-purser-tenant'

/**
 * Decides who may come in, before anything of a body is read: recognizes the caller, counts the request, checks the
 * contract's permission, in this order.
 */
export class Admission {
  readonly #callers: CallerAdmission
  readonly #limiter: RateLimiter
  readonly #addressOf: ClientAddressFinder
  readonly #defaultTenant: string | undefined
  readonly #policies = new Map<DescMethod, ReturnType<typeof compileAccessPolicy>>()

  constructor({ authenticator, limiter, addressOf, defaultTenant }: AdmissionOptions) {
    this.#callers = new CallerAdmission({ authenticator, limiter })
    this.#limiter = limiter
    this.#addressOf = addressOf
    this.#defaultTenant = defaultTenant
  }

  /** What goes along with the call behind a request. Throws the checks' refusals. */
  async admit(
    request: FastifyRequest,
    method: DescMethod,
    reply: FastifyReply,
  ): Promise<RestCallOptions> {
    const address = this.#address(request)
    const isAmbiguous = namesTwice(request.raw.rawHeaders, 'authorization')
    const arrival = { method, headers: request.headers, isAmbiguous, address }
    const { principal, sessionId } = await this.#callers.admit(arrival, (headers) => {
      reply.headers(headers)
    })
    this.#policyOf(method).checkCaller(principal)
    return {
      contextValues: callValues(principal, request.id),
      tenant: oneValue(request.headers[TENANT_HEADER]) ?? this.#defaultTenant,
      headers: {
        [CLIENT_ADDRESS_HEADER]: address,
        ...(sessionId === undefined ? {} : { [SESSION_HEADER]: sessionId }),
        ...namedByClient(request.headers),
      },
    }
  }

  /** Counts requests to these pages, and to those that there are not, against their address. */
  limitPages(fastify: FastifyInstance, isLimited: (url: string) => boolean): void {
    fastify.addHook('onRequest', async (request, reply) => {
      if (!request.is404 && !isLimited(request.routeOptions.url ?? '')) return
      const address = this.#address(request)
      await this.#limiter.countPage(address, (headers) => reply.headers(headers))
    })
  }

  #address({ raw, headers }: FastifyRequest): string {
    return this.#addressOf(raw.socket.remoteAddress, headers['x-forwarded-for'])
  }

  #policyOf(method: DescMethod): ReturnType<typeof compileAccessPolicy> {
    const policy = this.#policies.get(method) ?? compileAccessPolicy(method)
    this.#policies.set(method, policy)
    return policy
  }
}

/** Node keeps the first of several headers and drops the rest; another server on the way may have read the last. */
function namesTwice(rawHeaders: readonly string[], name: string): boolean {
  let count = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = rawHeaders[index] as string
    if (header.length === name.length && header.toLowerCase() === name) count += 1
  }
  return count > 1
}

function oneValue(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined
}

/** The headers of a client that go on to the service, which checks them; no others do. */
function namedByClient(headers: IncomingHttpHeaders): Record<string, string> {
  const {
    'idempotency-key': key,
    'user-agent': userAgent,
    'sandbox-signature': signature,
  } = headers
  return {
    ...(typeof key === 'string' ? { 'idempotency-key': key } : {}),
    // Signs a webhook of the sandbox payment provider, over the body as it came.
    ...(typeof signature === 'string' ? { 'sandbox-signature': signature } : {}),
    ...(userAgent === undefined ? {} : { 'user-agent': userAgent }),
  }
}
