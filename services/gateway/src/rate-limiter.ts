import { type DescMethod, getOption } from '@bufbuild/protobuf'
import { RateClass, rate_class } from '@purser/contracts/options'
import { PurserError } from '@purser/kernel'
import type { Principal } from '@purser/rpc'
import { addressBlock } from './client-address.ts'
import type { RateLimitStore, Take } from './rate-limit-store.ts'

/** Requests a minute and caller, by class of the contract; as many may come at once. 0 is unlimited. */
export type RateLimits = { default: number; bulk: number; sensitive: number; usage: number }

type RateLimitClass = keyof RateLimits

/** Headers that tell a caller where it stands. */
export type RateLimitHeaders = Record<string, string>

const SECONDS_PER_MINUTE = 60

/** Limits callers, each class of methods apart, and addresses that show bad credentials. */
export class RateLimiter {
  readonly #limits: RateLimits
  readonly #store: RateLimitStore
  readonly #nowMs: () => number
  readonly #classes = new Map<DescMethod, RateLimitClass>()

  constructor(options: { limits: RateLimits; store: RateLimitStore; nowMs: () => number }) {
    this.#limits = options.limits
    this.#store = options.store
    this.#nowMs = options.nowMs
  }

  /**
   * Counts a request of a method: against its principal, or the address of a caller without credentials. `tell`
   * gets the headers, also before `request.rate_limited` is thrown.
   */
  async countCall(
    method: DescMethod,
    principal: Principal,
    address: string,
    tell: (headers: RateLimitHeaders) => void,
  ): Promise<void> {
    const { kind, tenant, id } = principal
    const caller = kind === 'anonymous' ? addressCaller(address) : `${kind}:${tenant}:${id}`
    const rateClass = this.#classes.get(method) ?? rateClassOf(method)
    this.#classes.set(method, rateClass)
    await this.#take(`${rateClass}:${caller}`, rateClass, 1, tell)
  }

  /** Counts a request that is for no method, such as one for a page that there is not, against its address. */
  async countPage(address: string, tell: (headers: RateLimitHeaders) => void): Promise<void> {
    await this.#take(`default:${addressCaller(address)}`, 'default', 1, tell)
  }

  /** Throws `request.rate_limited` when an address has shown too many bad credentials to be listened to. */
  async checkFailures(address: string, tell: (headers: RateLimitHeaders) => void): Promise<void> {
    await this.#take(failuresOf(address), 'sensitive', 0, tell)
  }

  /** Counts bad credentials against their address; throws as `checkFailures` does. */
  async countFailure(address: string, tell: (headers: RateLimitHeaders) => void): Promise<void> {
    await this.#take(failuresOf(address), 'sensitive', 1, tell)
  }

  async #take(
    key: string,
    rateClass: RateLimitClass,
    cost: number,
    tell: (headers: RateLimitHeaders) => void,
  ): Promise<void> {
    const capacity = this.#limits[rateClass]
    if (capacity === 0) return
    const size = { capacity, refillPerSecond: capacity / SECONDS_PER_MINUTE }
    const take = await this.#store.take(key, size, cost, this.#nowMs())
    if (cost > 0 || !take.allowed) tell(headersOf(capacity, take))
    if (take.allowed) return
    throw new PurserError('request.rate_limited', 'Too many requests; wait before the next.', {
      details: { retry_after_seconds: String(take.retryAfterSeconds) },
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
  return {
    'ratelimit-limit': limit,
    'x-ratelimit-limit': limit,
    'ratelimit-remaining': left,
    'x-ratelimit-remaining': left,
    'ratelimit-reset': reset,
    'x-ratelimit-reset': reset,
  }
}
