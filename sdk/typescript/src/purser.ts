import { UsageEvents, type UsageEventsOptions } from './events/usage-events.ts'
import { type ConnectionOptions, HttpClient } from './http-client.ts'
import { Limiter, type LimiterOptions } from './limiter/limiter.ts'
import { Usage } from './usage.ts'

export type PurserOptions = ConnectionOptions & {
  /** How `events` gathers. */
  events?: UsageEventsOptions
}

/** One tenant's side of Purser. Make one per process and close it at its end. */
export class Purser {
  /** Decisions by the service: consume, check, reserve, commit, release. */
  readonly usage: Usage
  /** Usage events that need no decision, sent in batches. */
  readonly events: UsageEvents
  readonly #http: HttpClient
  readonly #limiters: Limiter[] = []

  constructor(options: PurserOptions) {
    this.#http = new HttpClient(options)
    this.usage = new Usage(this.#http)
    this.events = new UsageEvents(this.#http, options.events)
  }

  /** Decisions in this process, from borrowed units. Closed with this, or by itself. */
  limiter(options?: LimiterOptions): Limiter {
    const limiter = new Limiter(this.#http, options)
    this.#limiters.push(limiter)
    return limiter
  }

  /**
   * Sends what waits, reports and returns leases; each for at most `timeoutMs` (10,000 when left out). Answers what
   * could not be sent: events, and units that were used.
   */
  async close(options?: { timeoutMs?: number }): Promise<{ events: number; units: number }> {
    const [events, ...units] = await Promise.all([
      this.events.close(options),
      ...this.#limiters.map((limiter) => limiter.close(options)),
    ])
    return { events: events.length, units: units.reduce((sum, count) => sum + count, 0) }
  }
}
