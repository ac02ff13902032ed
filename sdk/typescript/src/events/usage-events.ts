import { backoffMs } from '../backoff.ts'
import type { EventRejection, IngestEventsResponse, UsageEvent } from '../gen/contract.ts'
import type { HttpClient } from '../http-client.ts'
import { newId } from '../new-id.ts'
import { PurserProblem } from '../purser-problem.ts'
import { letGo, wait } from '../wait.ts'

/** An event to record: `id` and `time` are made when they are left out. */
export type NewUsageEvent = Omit<UsageEvent, 'id'> & { id?: string }

/** How events are gathered. */
export type UsageEventsOptions = {
  /** Events of one call, 1 to 5,000; 500 when left out. */
  maxBatchEvents?: number
  /** Milliseconds that an event waits for others; 1,000 when left out. */
  maxDelayMs?: number
  /** Events in memory, with those under way; 10,000 when left out. */
  maxBufferedEvents?: number
  /** Which event gives way when memory is full: the new one, or the oldest that waits; the new one when left out. */
  whenFull?: 'refuse_new' | 'drop_oldest'
  /** Told of events that the service refused, each with its reason. */
  onRejected?: (event: UsageEvent, rejection: EventRejection) => void
  /** Told of events that are lost: dropped for newer ones, or sent in a call that the service will never take. */
  onLost?: (events: readonly UsageEvent[], error?: unknown) => void
}

/** Statuses that say that these very bytes are never taken. Anything else, such as a revoked key, may pass. */
const final = new Set([400, 413, 415, 422])

/**
 * Sends usage events in batches, in the order of their recording, one call at a time. Each event bears its id from
 * the beginning, so that sending it again counts once. Events wait in memory: a process that is killed loses them,
 * one that is closed does not.
 */
export class UsageEvents {
  readonly #http: HttpClient
  readonly #options: Required<UsageEventsOptions>
  #waiting: UsageEvent[] = []
  #underWay: readonly UsageEvent[] = []
  #sending: Promise<void> | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #failures = 0
  #isClosed = false

  constructor(http: HttpClient, options: UsageEventsOptions = {}) {
    this.#http = http
    this.#options = {
      maxBatchEvents: 500,
      maxDelayMs: 1_000,
      maxBufferedEvents: 10_000,
      whenFull: 'refuse_new',
      onRejected: () => {},
      onLost: () => {},
      ...options,
    }
  }

  /** Events in memory. */
  get size(): number {
    return this.#waiting.length + this.#underWay.length
  }

  /** Takes an event, at once. False when it was not taken: memory is full, or this was closed. */
  record(event: NewUsageEvent): boolean {
    const { maxBufferedEvents, maxBatchEvents, maxDelayMs } = this.#options
    if (this.#isClosed) return false
    if (this.size >= maxBufferedEvents && !this.#makeRoom()) return false
    const { id = newId('evt'), time = new Date().toISOString() } = event
    this.#waiting.push({ ...event, id, time })
    if (this.#waiting.length >= maxBatchEvents && this.#failures === 0) this.#sendSoon(0)
    else this.#sendSoon(maxDelayMs)
    return true
  }

  /** Sends all that was recorded. Throws the first failure; what was not sent stays and is sent later. */
  async flush(): Promise<void> {
    const last = this.#waiting.at(-1) ?? this.#underWay.at(-1)
    await this.#sending?.catch(() => {})
    while (last !== undefined && this.#waiting.includes(last)) await this.#send()
  }

  /**
   * Takes no more events and sends those that there are, trying again for `timeoutMs` (10,000 when left out).
   * Answers the events that could not be sent; none is well.
   */
  async close({ timeoutMs = 10_000 }: { timeoutMs?: number } = {}): Promise<readonly UsageEvent[]> {
    this.#isClosed = true
    const endMs = performance.now() + timeoutMs
    for (;;) {
      try {
        await this.flush()
        break
      } catch {
        const pauseMs = backoffMs(this.#failures + 1, Math.random())
        if (performance.now() + pauseMs >= endMs) break
        await wait(pauseMs)
      }
    }
    clearTimeout(this.#timer)
    return this.#waiting
  }

  #makeRoom(): boolean {
    if (this.#options.whenFull === 'refuse_new') return false
    const oldest = this.#waiting.shift()
    if (oldest === undefined) return false
    this.#options.onLost([oldest])
    return true
  }

  #sendSoon(delayMs: number): void {
    if (this.#sending !== undefined || (this.#timer !== undefined && delayMs > 0)) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#send().catch(() => {})
    }, delayMs)
    letGo(this.#timer)
  }

  /** Sends one batch, after the one that is under way. A batch that failed goes back to the front. */
  #send(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#sending ??= this.#sendBatch().finally(() => {
      this.#sending = undefined
      if (this.#waiting.length > 0 && !this.#isClosed) this.#sendSoon(this.#pauseMs())
    })
    return this.#sending
  }

  #pauseMs(): number {
    if (this.#failures > 0) return Math.max(1, backoffMs(this.#failures + 1, Math.random()))
    const { maxBatchEvents, maxDelayMs } = this.#options
    return this.#waiting.length >= maxBatchEvents ? 0 : maxDelayMs
  }

  async #sendBatch(): Promise<void> {
    const { maxBatchEvents, onRejected, onLost } = this.#options
    const batch = this.#waiting.slice(0, maxBatchEvents)
    if (batch.length === 0) return
    this.#waiting = this.#waiting.slice(batch.length)
    this.#underWay = batch
    try {
      const text = batch.map((event) => JSON.stringify(event)).join('\n')
      const content = { type: 'application/x-ndjson', text } as const
      const { body } = await this.#http.send<IngestEventsResponse>('ingest', content)
      this.#failures = 0
      for (const rejection of body.rejections) {
        const event = batch[rejection.line - 1]
        if (event) onRejected(event, rejection)
      }
    } catch (error) {
      if (error instanceof PurserProblem && final.has(error.status)) {
        onLost(batch, error)
      } else {
        this.#failures += 1
        this.#waiting = [...batch, ...this.#waiting]
      }
      throw error
    } finally {
      this.#underWay = []
    }
  }
}
