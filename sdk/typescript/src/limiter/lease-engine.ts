import { consumeUnits, decided, type Recorded, type Reply, type Wish } from '../decide.ts'
import type { Lease as LentUnits, LeaseReport } from '../gen/contract.ts'
import type { HttpClient } from '../http-client.ts'
import { newId } from '../new-id.ts'
import { PurserProblem } from '../purser-problem.ts'
import type { Clock } from './clock.ts'
import { departure, Lease } from './lease.ts'

/** The service, as a limiter speaks with it. Anything but a decision or an outage is thrown. */
export class LeaseEngine {
  readonly #http: HttpClient
  readonly #leaseSeconds: number
  readonly #properties: Record<string, string> | undefined
  readonly clock: Clock

  constructor(
    http: HttpClient,
    options: { leaseSeconds: number; properties: Record<string, string> | undefined; clock: Clock },
  ) {
    this.#http = http
    this.#leaseSeconds = options.leaseSeconds
    this.#properties = options.properties
    this.clock = options.clock
  }

  /**
   * Borrows units. When nobody knows whether they were lent, `unknown` is the lease to return; `notLent` says why the
   * service lends to nobody.
   */
  async borrow({ accountId, featureKey, units }: Wish): Promise<Borrowed> {
    const id = newId('lea')
    const left = departure(this.clock)
    const made = (quantity: number, expiresInMs: number) =>
      new Lease({ id, quantity, expiresInMs }, { left, clock: this.clock })
    const body = {
      account_id: accountId,
      feature_key: featureKey,
      quantity: units,
      lease_id: id,
      lease_seconds: this.#leaseSeconds,
      ...(this.#properties ? { properties: this.#properties } : {}),
    }
    const reply = await decided(() => this.#http.call<LentUnits>('borrow', body).catch(tellNotLent))
    if ('refusal' in reply || 'notLent' in reply) return reply
    if ('unreachable' in reply) return { ...reply, unknown: made(0, 0) }
    const terms = reply.body
    return { lease: made(terms.quantity, terms.expires_in_ms), terms }
  }

  /** Records units at once. Calling it again with the same id counts once. `asksRule`: see `consumeUnits`. */
  consume(wish: Wish, options: { id: string; asksRule: boolean }): Promise<Reply<Recorded>> {
    return consumeUnits(this.#http, { ...wish, properties: this.#properties }, options)
  }

  /** Tells what a lease has used; as `isFinal` returns it. Throws when it was not answered, or refused. */
  async report(lease: Lease, isFinal: boolean): Promise<void> {
    const body = lease.report(isFinal)
    await this.#http.call<LeaseReport>(isFinal ? 'return' : 'report', body)
    lease.wasReported(body.used_quantity)
  }
}

type Borrowed = (Reply<{ lease: Lease; terms: LentUnits }> & { unknown?: Lease }) | NotLent

/** Counters that cannot hold units, such as those in Redis. */
type NotLent = { notLent: PurserProblem }

function tellNotLent(error: unknown): NotLent {
  if (error instanceof PurserProblem && error.code === 'metering.holds_unavailable') {
    return { notLent: error }
  }
  throw error
}
