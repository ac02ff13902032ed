import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import type { DescMethod } from '@bufbuild/protobuf'
import type { RestCallOptions } from '@purser/rest'
import { callValues, compileAccessPolicy } from '@purser/rpc'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Authenticator } from './authenticate.ts'
import { CallerAdmission } from './caller-admission.ts'
import { CLIENT_ADDRESS_HEADER, SESSION_HEADER } from './caller-headers.ts'
import type { ClientAddressFinder } from './client-address.ts'
import type { RateLimitHeaders, RateLimiter } from './rate-limiter.ts'
import { type Awaitable, whenKnown } from './when-known.ts'

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
  readonly #addresses = new WeakMap<Socket, string>()

  constructor({ authenticator, limiter, addressOf, defaultTenant }: AdmissionOptions) {
    this.#callers = new CallerAdmission({ authenticator, limiter })
    this.#limiter = limiter
    this.#addressOf = addressOf
    this.#defaultTenant = defaultTenant
  }

  /** What goes along with the call behind a request. Throws the checks' refusals. */
  admit(
    request: FastifyRequest,
    method: DescMethod,
    reply: FastifyReply,
  ): Awaitable<RestCallOptions> {
    const { headers, raw } = request
    const address = this.#address(request)
    const isAmbiguous = namesTwice(raw.rawHeaders, 'authorization')
    const arrival = { method, headers, isAmbiguous, address }
    const tell = (told: RateLimitHeaders) => void reply.answerHeaders?.push(...told)
    return whenKnown(this.#callers.admit(arrival, tell), ({ principal, sessionId }) => {
      this.#policyOf(method).checkCaller(principal)
      return {
        contextValues: callValues(principal, request.id),
        tenant: oneValue(headers[TENANT_HEADER]) ?? this.#defaultTenant,
        headers: passedOn(headers, address, sessionId),
      }
    })
  }

  /** Counts requests to these pages, and to those that there are not, against their address. */
  limitPages(fastify: FastifyInstance, isLimited: (url: string) => boolean): void {
    const count = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      const tell = (told: RateLimitHeaders) => void reply.answerHeaders?.push(...told)
      await this.#limiter.countPage(this.#address(request), tell)
    }
    fastify.addHook('onRoute', (route) => {
      if (isLimited(route.url)) route.onRequest = [count, ...[route.onRequest ?? []].flat()]
    })
    fastify.addHook('onRequest', (request, reply, goOn) => {
      if (!request.is404) return goOn()
      count(request, reply).then(() => goOn(), goOn)
    })
  }

  /** That of a connection is found once: it costs 1 µs, and stays what it is. */
  #address({ raw: { socket }, headers }: FastifyRequest): string {
    const forwardedFor = headers['x-forwarded-for']
    if (forwardedFor !== undefined) return this.#addressOf(socket.remoteAddress, forwardedFor)
    let address = this.#addresses.get(socket)
    if (address === undefined) {
      address = this.#addressOf(socket.remoteAddress, undefined)
      this.#addresses.set(socket, address)
    }
    return address
  }

  #policyOf(method: DescMethod): ReturnType<typeof compileAccessPolicy> {
    const known = this.#policies.get(method)
    if (known !== undefined) return known
    const policy = compileAccessPolicy(method)
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

/** What the service is told of the caller, and the headers of a client that go on to it, which it checks; no others do. */
function passedOn(
  headers: IncomingHttpHeaders,
  address: string,
  sessionId: string | undefined,
): Record<string, string> {
  const passed: Record<string, string> = { [CLIENT_ADDRESS_HEADER]: address }
  if (sessionId !== undefined) passed[SESSION_HEADER] = sessionId
  const key = headers['idempotency-key']
  if (typeof key === 'string') passed['idempotency-key'] = key
  // Signs a webhook of the sandbox payment provider, over the body as it came.
  const signature = headers['sandbox-signature']
  if (typeof signature === 'string') passed['sandbox-signature'] = signature
  const userAgent = headers['user-agent']
  if (userAgent !== undefined) passed['user-agent'] = userAgent
  return passed
}
