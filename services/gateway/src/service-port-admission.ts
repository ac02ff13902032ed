import { hasOption } from '@bufbuild/protobuf'
import { access } from '@purser/contracts/options'
import type { CredentialCheck } from '@purser/rpc'
import type { Authenticator } from './authenticate.ts'
import { CallerAdmission } from './caller-admission.ts'
import { CLIENT_ADDRESS_HEADER, SESSION_HEADER } from './caller-headers.ts'
import { createClientAddressFinder } from './client-address.ts'
import type { RateLimitStore } from './rate-limit-store.ts'
import { RateLimiter, type RateLimits } from './rate-limiter.ts'

/** What decides on callers of the service ports. */
export type ServicePortAdmissionOptions = {
  authenticator: Authenticator
  rateLimits: RateLimits
  /** That of the gateway, so that both ways in count together. */
  rateLimitStore: RateLimitStore
  trustedProxies: readonly string[]
  /** Milliseconds that never go back; `performance.now` unless given. */
  nowMs?: () => number
}

/**
 * Admits who calls a service's own port and is no process of the platform, as the gateway admits them:
 * credentials in `authorization` or `x-api-key`, the same limits, the same buckets. Health and reflection are
 * not counted. Such a caller does not say itself what its session and its address are.
 */
export function createServicePortAdmission(options: ServicePortAdmissionOptions): CredentialCheck {
  const { authenticator, rateLimits, rateLimitStore: store, trustedProxies } = options
  const nowMs = options.nowMs ?? (() => performance.now())
  const limiter = new RateLimiter({ limits: rateLimits, store, nowMs })
  const admission = new CallerAdmission({ authenticator, limiter })
  const addressOf = createClientAddressFinder(trustedProxies)
  return async ({ method, header, responseHeader, peerAddress }) => {
    header.delete(SESSION_HEADER)
    header.delete(CLIENT_ADDRESS_HEADER)
    if (!hasOption(method, access)) return undefined
    const address = addressOf(peerAddress, header.get('x-forwarded-for') ?? undefined)
    const headers = Object.fromEntries(header)
    // Several headers of a name arrive as one with a comma, which no credential holds.
    const arrival = { method, headers, isAmbiguous: false, address }
    const { principal, sessionId } = await admission.admit(arrival, (told) => {
      for (let index = 0; index < told.length; index += 2) {
        responseHeader.set(told[index] as string, told[index + 1] as string)
      }
    })
    header.set(CLIENT_ADDRESS_HEADER, address)
    if (sessionId !== undefined) header.set(SESSION_HEADER, sessionId)
    return principal
  }
}
