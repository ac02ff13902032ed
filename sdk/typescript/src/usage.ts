import { consumeUnits, type Wish } from './decide.ts'
import type {
  CheckUsageRequest,
  CheckUsageResponse,
  CommitUsageRequest,
  CommitUsageResponse,
  ConsumeUsageRequest,
  ConsumeUsageResponse,
  OutagePolicy,
  ReleaseUsageRequest,
  ReleaseUsageResponse,
  Reservation,
  ReserveUsageRequest,
} from './gen/contract.ts'
import type { CallOptions, HttpClient } from './http-client.ts'
import type { Decision } from './limiter/decision.ts'
import { newId } from './new-id.ts'
import { OutageRules } from './outage-rules.ts'

/** How one decision is made. */
export type DecideOptions = CallOptions & {
  /** Identifier of this usage: the same again counts once. */
  id?: string
  /** Rule for outages as long as the service has told none for the account and feature; `closed` when left out. */
  onOutage?: OutagePolicy
}

/**
 * Decisions of the service about usage. Each call may be repeated by the client after a failure and counts once: it
 * bears an id, the caller's or one that is made here. All throw `LimitExceeded` and other `PurserProblem`s for a
 * refusal, and `PurserUnreachable`.
 */
export class Usage {
  readonly #http: HttpClient
  readonly #rules = new OutageRules()

  constructor(http: HttpClient) {
    this.#http = http
  }

  /** Admits units of one or several features, all or none, and records them. */
  async consume(
    request: ConsumeUsageRequest,
    options?: CallOptions,
  ): Promise<ConsumeUsageResponse> {
    const body = { ...request, id: request.id ?? newId('use') }
    return (await this.#http.call<ConsumeUsageResponse>('consume', body, options)).body
  }

  /**
   * `consume` of one feature whose refusal is an answer: what a limit or an outage says, as a limiter would. An outage is
   * decided by the feature's `on_outage` as it was heard last, asked for about once a minute, before that by `onOutage`;
   * what it admits is not recorded.
   */
  async decide(
    wish: Wish,
    { onOutage = 'closed', id = newId('use'), ...options }: DecideOptions = {},
  ): Promise<Decision> {
    const asksRule = this.#rules.isDue(wish, performance.now())
    const reply = await consumeUnits(this.#http, wish, { ...options, id, asksRule })
    if ('unreachable' in reply) {
      const nothing = { limitKey: '', limit: 0, remaining: 0, resetSeconds: undefined }
      const rule = this.#rules.find(wish) ?? onOutage
      if (rule === 'open') return { allowed: true, by: 'outage', ...nothing }
      return { allowed: false, reason: 'unreachable', ...nothing, retryAfterSeconds: 1 }
    }
    if (reply.onOutage !== undefined) this.#rules.hear(wish, reply.onOutage, performance.now())
    if ('standing' in reply) return { allowed: true, by: 'service', ...reply.standing }
    if (reply.refusal.reason === 'feature_not_entitled') this.#rules.forget(wish)
    return reply.refusal
  }

  /** Says what limits would answer. Counts nothing, and refuses nothing: each answer says `allowed`. */
  async check(request: CheckUsageRequest, options?: CallOptions): Promise<CheckUsageResponse> {
    return (await this.#http.call<CheckUsageResponse>('check', request, options)).body
  }

  /** Counts units before they are used, for work whose size is known afterwards. */
  async reserve(
    request: ReserveUsageRequest,
    options?: CallOptions,
  ): Promise<Reservation & { reservation_id: string }> {
    const reservation_id = request.reservation_id ?? newId('rsv')
    const body = { ...request, reservation_id }
    const answer = await this.#http.call<Reservation>('reserve', body, options)
    return { ...answer.body, reservation_id }
  }

  /** Ends a reservation: records the units that were used and gives the rest back. */
  async commit(request: CommitUsageRequest, options?: CallOptions): Promise<CommitUsageResponse> {
    return (await this.#http.call<CommitUsageResponse>('commit', request, options)).body
  }

  /** Ends a reservation of which nothing was used. */
  async release(
    request: ReleaseUsageRequest,
    options?: CallOptions,
  ): Promise<ReleaseUsageResponse> {
    return (await this.#http.call<ReleaseUsageResponse>('release', request, options)).body
  }
}
