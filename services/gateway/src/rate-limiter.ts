import { type DescMethod, getOption } from '@bufbuild/protobuf'
import { RateClass, rate_class } from '@purser/contracts/options'
import { PurserError } from '@purser/kernel'
import type { Principal } from '@purser/rpc'
import { addressBlock } from './client-address.ts'
import type { RateLimitStore, Take } from './rate-limit-store.ts'
import { type Awaitable, whenKnown } from './when-known.ts'

/** Requests a minute and caller, by class of the contract; as many may come at once. 0 is unlimited. */
export type RateLimits = { default: number; bulk: number; sensitive: number; usage: number }

type RateLimitClass = keyof RateLimits

/** Headers that tell a caller where it stands: names and values in turn. */
export type RateLimitHeaders = readonly string[]

const SECONDS_PER_MINUTE = 60

/** Limits callers, each class of methods apart, and addresses that show bad credentials. */
export class RateLimiter {
  readonly #limits: RateLimits
  readonly #store: RateLimitStore
  readonly #nowMs: () => number
  readonly #classes = new Map<DescMethod, RateLimitClass>()
  /** Names of buckets, by the principals of which `Authenticator` answers the same again and again. */
  readonly #keys = new WeakMap<Principal, Map<RateLimitClass, string>>()

  constructor(options: { limits: RateLimits; store: RateLimitStore; nowMs: () => number }) {
    this.#limits = options.limits
    this.#store = options.store
    this.#nowMs = options.nowMs
  }

  /**
   * Counts a request of a method: against its principal, or the address of a caller without credentials. `tell`
   * gets the headers, also before `request.rate_limited` is thrown. Nothing is waited for when the store is this
   * process.
   */
  countCall(
    method: DescMethod,
    principal: Principal,
    address: string,
    tell: (headers: RateLimitHeaders) => void,
  ): Awaitable<void> {
    let rateClass = this.#classes.get(method)
    if (rateClass === undefined) {
      rateClass = rateClassOf(method)
      this.#classes.set(method, rateClass)
    }
    const key =
      principal.kind === 'anonymous'
        ? `${rateClass}:${addressCaller(address)}`
        : this.#keyOf(principal, rateClass)
    return this.#take(key, rateClass, 1, tell)
  }

  /** Counts a request that is for no method, such as one for a page that there is not, against its address. */
  countPage(address: string, tell: (headers: RateLimitHeaders) => void): Awaitable<void> {
    return this.#take(`default:${addressCaller(address)}`, 'default', 1, tell)
  }

  /** Throws `request.rate_limited` when an address has shown too many bad credentials to be listened to. */
  checkFailures(address: string, tell: (headers: RateLimitHeaders) => void): Awaitable<void> {
    return this.#take(failuresOf(address), 'sensitive', 0, tell)
  }

  /** Counts bad credentials against their address; throws as `checkFailures` does. */
  countFailure(address: string, tell: (headers: RateLimitHeaders) => void): Awaitable<void> {
    return this.#take(failuresOf(address), 'sensitive', 1, tell)
  }

  #keyOf(principal: Principal, rateClass: RateLimitClass): string {
    let keys = this.#keys.get(principal)
    if (keys === undefined) {
      keys = new Map()
      this.#keys.set(principal, keys)
    }
    let key = keys.get(rateClass)
    if (key === undefined) {
      const { kind, tenant, id } = principal
      key = `${rateClass}:${kind}:${tenant}:${id}`
      keys.set(rateClass, key)
    }
    return key
  }

  #take(
    key: string,
    rateClass: RateLimitClass,
    cost: number,
    tell: (headers: RateLimitHeaders) => void,
  ): Awaitable<void> {
    const capacity = this.#limits[rateClass]
    if (capacity === 0) return
    const size = { capacity, refillPerSecond: capacity / SECONDS_PER_MINUTE }
    return whenKnown(this.#store.take(key, size, cost, this.#nowMs()), (take) => {
      if (cost > 0 || !take.allowed) tell(headersOf(capacity, take))
      if (take.allowed) return
      throw new PurserError('request.rate_limited', 'Too many requests; wait before the next.', {
        details: { retry_after_seconds: String(take.retryAfterSeconds) },
      })
    })
  }
}

function rateClassOf(method: DescMethod): RateLimitClass {
  const declared = getOption(method, rate_class)
  if (declared === RateClass.BULK) return 'bulk'
  if (declared === RateClass.USAGE) return 'usage'
  return declared === RateClass.SENSITIVE ? 'sensitive' : 'default'
}

function addressCaller(address: string): string {
  return `address:${addressBlock(address)}`
}

function failuresOf(address: string): string {
  return `auth-failure:${addressCaller(address)}`
}

/** As in draft-polli-ratelimit-headers-02, and the older names that many clients read. */
function headersOf(capacity: number, { remaining, resetSeconds }: Take): RateLimitHeaders {
  const limit = String(capacity)
  const left = String(remaining)
  const reset = String(resetSeconds)
  // biome-ignore format: a pair a line
  return [
    'ratelimit-limit', limit,
    'x-ratelimit-limit', limit,
    'ratelimit-remaining', left,
    'x-ratelimit-remaining', left,
    'ratelimit-reset', reset,
    'x-ratelimit-reset', reset,
  ]
}
