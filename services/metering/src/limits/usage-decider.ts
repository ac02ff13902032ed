import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises'
import { PurserError } from '@purser/kernel'
import { holdsRefused } from './counters-elsewhere.ts'
import { UsageBatch } from './usage-batch.ts'
import type { UsageCounters } from './usage-counters.ts'
import type { UsageAnswer, UsageRequest } from './usage-request.ts'

type Waiting = {
  request: UsageRequest
  resolve: (answer: UsageAnswer) => void
  reject: (reason: unknown) => void
  /** How often another process was at its id. */
  deferrals: number
}

type Queue = {
  waiting: Waiting[]
  running: boolean
  /** Whether the last batch was admitted as a whole: the next one is expected to be, too. */
  hopeful: boolean
}

/** A batch of so many requests that is over, whose callers do not know yet. */
type DecidedBatch = { size: number; answerCallers(): void }

/** Bounds of the queue of one tenant. */
export type DeciderBounds = { maxBatch: number; maxWaiting: number }

const DEFAULT_BOUNDS: DeciderBounds = { maxBatch: 512, maxWaiting: 8_192 }

/** A request waits so long for another process that is at its id, so often. */
const DEFERRAL_MS = 10
const MAX_DEFERRALS = 300

/**
 * Decides about usage, many requests at once: while a batch of a tenant is under way, the next one gathers, and leaves
 * before the callers of the first are answered, so that the database works while this process does. Requests
 * are decided and answered in the order in which they came. An answer means that what was admitted is stored. Two
 * batches under way at once were slower: what a batch costs by itself was paid twice as often.
 */
export class UsageDecider {
  readonly #counters: UsageCounters
  readonly #bounds: DeciderBounds
  readonly #queues = new Map<string, Queue>()

  constructor(counters: UsageCounters, bounds: DeciderBounds = DEFAULT_BOUNDS) {
    this.#counters = counters
    this.#bounds = bounds
  }

  /**
   * Decides one request. Throws `metering.overloaded` when too many wait, `metering.holds_unavailable`: nothing was
   * counted. Any other error hits the whole batch, such as `platform.unavailable`: it may have been counted, and the
   * same id may be sent again.
   */
  decide(tenantId: string, request: UsageRequest): Promise<UsageAnswer> {
    if (request.holdSeconds !== undefined && !this.#counters.holdsUnits) {
      return Promise.reject(holdsRefused())
    }
    const queue = this.#queueOf(tenantId)
    if (queue.waiting.length >= this.#bounds.maxWaiting) {
      const message = 'Too many decisions wait; try again in a moment.'
      return Promise.reject(new PurserError('metering.overloaded', message))
    }
    return new Promise((resolve, reject) => {
      this.#join(tenantId, { request, resolve, reject, deferrals: 0 })
    })
  }

  #join(tenantId: string, caller: Waiting): void {
    const queue = this.#queueOf(tenantId)
    queue.waiting.push(caller)
    if (!queue.running) void this.#run(tenantId, queue)
  }

  /** Puts a request in line again after a while. */
  async #defer(tenantId: string, caller: Waiting): Promise<void> {
    caller.deferrals += 1
    if (caller.deferrals > MAX_DEFERRALS) {
      const message = 'Another process is deciding about the same id; send it again in a moment.'
      caller.reject(new PurserError('platform.unavailable', message))
      return
    }
    await delay(DEFERRAL_MS)
    this.#join(tenantId, caller)
  }

  #queueOf(tenantId: string): Queue {
    let queue = this.#queues.get(tenantId)
    if (queue === undefined) {
      queue = { waiting: [], running: false, hopeful: true }
      this.#queues.set(tenantId, queue)
    }
    return queue
  }

  async #run(tenantId: string, queue: Queue): Promise<void> {
    queue.running = true
    // Callers that came in with the first join it.
    await nextTurn()
    while (queue.waiting.length > 0) {
      let decided = await this.#decideBatch(tenantId, queue)
      // Where fewer wait, those who are answered now make a fuller batch with them.
      while (queue.waiting.length > decided.size / 2) {
        const next = this.#decideBatch(tenantId, queue)
        // The next batch leaves before the answers of this one are written: the database does not wait for them.
        await nextTurn()
        decided.answerCallers()
        decided = await next
      }
      decided.answerCallers()
      // Callers that were answered in this turn join.
      await nextTurn()
    }
    queue.running = false
    this.#queues.delete(tenantId)
  }

  /** Decides the requests that are first in line. Never rejects. */
  async #decideBatch(tenantId: string, queue: Queue): Promise<DecidedBatch> {
    const { batch, callers } = this.#takeBatch(queue)
    const size = callers.length
    try {
      const answers = await this.#counters.decide(tenantId, batch, queue.hopeful)
      queue.hopeful = answers.every((answer) => answer?.verdict === 'admitted')
      const answerCallers = () => {
        for (const [index, caller] of callers.entries()) {
          const answer = answers[index]
          if (answer === undefined) void this.#defer(tenantId, caller)
          else caller.resolve(answer)
        }
      }
      return { size, answerCallers }
    } catch (error) {
      const answerCallers = () => {
        for (const caller of callers) caller.reject(error)
      }
      return { size, answerCallers }
    }
  }

  /** The first requests in line; one with an id that is in the batch already waits for the next. */
  #takeBatch(queue: Queue): { batch: UsageBatch; callers: Waiting[] } {
    const batch = new UsageBatch()
    const callers: Waiting[] = []
    const later: Waiting[] = []
    let position = 0
    for (; position < queue.waiting.length && batch.size < this.#bounds.maxBatch; position += 1) {
      const caller = queue.waiting[position] as Waiting
      if (!batch.accepts(caller.request)) {
        later.push(caller)
        continue
      }
      batch.add(caller.request)
      callers.push(caller)
    }
    queue.waiting = [...later, ...queue.waiting.slice(position)]
    return { batch, callers }
  }
}
