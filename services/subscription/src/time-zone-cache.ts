import type { Client } from '@connectrpc/connect'
import type { UserService } from '@purser/contracts/user/v1/user'
import { asService } from '@purser/rpc'

/** Longest time that a changed time zone may stay unseen. */
const MAX_AGE_MS = 10_000
const TIMEOUT_MS = 5_000

/** The time zone of each tenant, asked of the user service at most every ten seconds. */
export class TimeZoneCache {
  readonly #user: Client<typeof UserService>
  readonly #monotonicMs: () => number
  readonly #entries = new Map<string, { timeZone: Promise<string>; askedAtMs: number }>()

  constructor(
    user: Client<typeof UserService>,
    monotonicMs: () => number = () => performance.now(),
  ) {
    this.#user = user
    this.#monotonicMs = monotonicMs
  }

  /** IANA name of the tenant's zone. Throws `resource.not_found` for an unknown tenant. */
  async timeZoneOf(tenantId: string): Promise<string> {
    const entry = this.#entries.get(tenantId)
    if (entry !== undefined && this.#monotonicMs() - entry.askedAtMs < MAX_AGE_MS) {
      return await entry.timeZone
    }
    const timeZone = this.#ask(tenantId)
    this.#entries.set(tenantId, { timeZone, askedAtMs: this.#monotonicMs() })
    timeZone.catch(() => this.#entries.delete(tenantId))
    return await timeZone
  }

  /** In the service's own name and time: the answer is shared by callers of different patience. */
  async #ask(tenantId: string): Promise<string> {
    const options = asService('subscription', tenantId, { timeoutMs: TIMEOUT_MS })
    const tenant = await this.#user.getTenant({ tenant: tenantId }, options)
    return tenant.timeZone
  }
}
