import type { IncomingHttpHeaders } from 'node:http'
import type { DescMethod } from '@bufbuild/protobuf'
import { PurserError } from '@purser/kernel'
import { type Authenticator, type Caller, presentsCredentials } from './authenticate.ts'
import { invalidCredentials } from './invalid-credentials.ts'
import type { RateLimitHeaders, RateLimiter } from './rate-limiter.ts'
import { type Awaitable, whenKnown } from './when-known.ts'

/** A request, over whatever protocol, before anything of its body is read. */
export type Arrival = {
  method: DescMethod
  headers: IncomingHttpHeaders
  /** Whether it brings credentials several times, of which others on the way may read another one. */
  isAmbiguous: boolean
  /** Who made it, as `ClientAddressFinder` says. */
  address: string
}

/** Gets the headers that tell a caller where it stands, also when it is refused. */
export type Tell = (headers: RateLimitHeaders) => void

/**
 * Recognizes callers and counts what they ask for, in this order. Bad credentials are counted against their
 * address, and not looked at any more once there were too many.
 */
export class CallerAdmission {
  readonly #authenticator: Authenticator
  readonly #limiter: RateLimiter

  constructor({ authenticator, limiter }: { authenticator: Authenticator; limiter: RateLimiter }) {
    this.#authenticator = authenticator
    this.#limiter = limiter
  }

  /** Who makes a request, at once for who was recognized a moment ago. Throws `auth.invalid_credentials` and `request.rate_limited`. */
  admit(arrival: Arrival, tell: Tell): Awaitable<Caller> {
    return whenKnown(this.#recognize(arrival, tell), (caller) => {
      const { method, address } = arrival
      const counted = this.#limiter.countCall(method, caller.principal, address, tell)
      return whenKnown(counted, () => caller)
    })
  }

  #recognize(arrival: Arrival, tell: Tell): Awaitable<Caller> {
    const { headers, isAmbiguous, address } = arrival
    const recall = () => {
      const known = isAmbiguous ? undefined : this.#authenticator.recall(headers)
      return known ?? this.#authenticate(arrival, tell)
    }
    if (!presentsCredentials(headers)) return recall()
    return whenKnown(this.#limiter.checkFailures(address, tell), recall)
  }

  async #authenticate({ headers, isAmbiguous, address }: Arrival, tell: Tell): Promise<Caller> {
    try {
      if (isAmbiguous) throw invalidCredentials()
      return await this.#authenticator.authenticate(headers)
    } catch (error) {
      const isBad = error instanceof PurserError && error.code === 'auth.invalid_credentials'
      if (isBad) await this.#limiter.countFailure(address, tell)
      throw error
    }
  }
}
