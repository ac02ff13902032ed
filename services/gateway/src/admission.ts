import type { IncomingHttpHeaders } from 'node:http'
import type { DescMethod } from '@bufbuild/protobuf'
import { PurserError } from '@purser/kernel'
import type { RestCallOptions } from '@purser/rest'
import { callValues, compileAccessPolicy } from '@purser/rpc'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Authenticator, type Caller, presentsCredentials } from './authenticate.ts'
import { CLIENT_ADDRESS_HEADER, SESSION_HEADER } from './caller-headers.ts'
import type { ClientAddressFinder } from './client-address.ts'
import { invalidCredentials } from './invalid-credentials.ts'
import type { RateLimiter } from './rate-limiter.ts'

type AdmissionOptions = {
  authenticator: Authenticator
  limiter: RateLimiter
  addressOf: ClientAddressFinder
}

/**
 * Decides who may come in, before anything of a body is read: recognizes the caller, counts the request, checks the
 * contract's permission, in this order. Bad credentials are counted against their address, and not looked
 * at any more once there were too many.
 */
export class Admission {
  readonly #authenticator: Authenticator
  readonly #limiter: RateLimiter
  readonly #addressOf: ClientAddressFinder
  readonly #policies = new Map<DescMethod, ReturnType<typeof compileAccessPolicy>>()

  constructor({ authenticator, limiter, addressOf }: AdmissionOptions) {
    this.#authenticator = authenticator
    this.#limiter = limiter
    this.#addressOf = addressOf
  }

  /** What goes along with the call behind a request. Throws the checks' refusals. */
  async admit(
    request: FastifyRequest,
    method: DescMethod,
    reply: FastifyReply,
  ): Promise<RestCallOptions> {
    const address = this.#address(request)
    const { principal, sessionId } = await this.#recognize(request, address, reply)
    await this.#limiter.countCall(method, principal, address, (headers) => reply.headers(headers))
    this.#policyOf(method).checkCaller(principal)
    return {
      contextValues: callValues(principal, request.id),
      headers: {
        [CLIENT_ADDRESS_HEADER]: address,
        ...(sessionId === undefined ? {} : { [SESSION_HEADER]: sessionId }),
        ...namedByClient(request.headers),
      },
    }
  }

  /** Counts requests to these pages, and to those that there are not, against their address. */
  limitPages(fastify: FastifyInstance, isLimited: (url: string) => boolean): void {
    fastify.addHook('onRequest', (request, reply, done) => {
      if (!request.is404 && !isLimited(request.routeOptions.url ?? '')) return done()
      const address = this.#address(request)
      this.#limiter.countPage(address, (headers) => reply.headers(headers)).then(() => done(), done)
    })
  }

  #address({ raw, headers }: FastifyRequest): string {
    return this.#addressOf(raw.socket.remoteAddress, headers['x-forwarded-for'])
  }

  async #recognize(request: FastifyRequest, address: string, reply: FastifyReply): Promise<Caller> {
    const tell = (headers: Record<string, string>) => void reply.headers(headers)
    if (presentsCredentials(request.headers)) await this.#limiter.checkFailures(address, tell)
    try {
      // Node keeps the first of several and drops the rest; another server on the way may have read the last.
      const { authorization = [] } = request.raw.headersDistinct
      if (authorization.length > 1) throw invalidCredentials()
      return await this.#authenticator.authenticate(request.headers)
    } catch (error) {
      const isBad = error instanceof PurserError && error.code === 'auth.invalid_credentials'
      if (isBad) await this.#limiter.countFailure(address, tell)
      throw error
    }
  }

  #policyOf(method: DescMethod): ReturnType<typeof compileAccessPolicy> {
    const policy = this.#policies.get(method) ?? compileAccessPolicy(method)
    this.#policies.set(method, policy)
    return policy
  }
}

/** The headers of a client that go on to the service, which checks them; no others do. */
function namedByClient(headers: IncomingHttpHeaders): Record<string, string> {
  const { 'idempotency-key': key, 'user-agent': userAgent } = headers
  return {
    ...(typeof key === 'string' ? { 'idempotency-key': key } : {}),
    ...(userAgent === undefined ? {} : { 'user-agent': userAgent }),
  }
}
