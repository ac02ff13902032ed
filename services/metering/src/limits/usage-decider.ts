import { setImmediate as nextTurn } from 'node:timers/promises'
import { PurserError } from '@purser/kernel'
import { type Database, type Statement, statement } from '@purser/postgres'
import { type DecisionRow, decisionColumns } from './decision-row.ts'
import { readDecision } from './read-decision.ts'
import { UsageBatch } from './usage-batch.ts'
import type { UsageAnswer, UsageRequest } from './usage-request.ts'

type Waiting = {
  request: UsageRequest
  resolve: (answer: UsageAnswer) => void
  reject: (reason: unknown) => void
}

type Queue = {
  waiting: Waiting[]
  running: boolean
  /** Whether the last batch was admitted as a whole: the next one is expected to be, too. */
  hopeful: boolean
}

/** Bounds of the queue of one tenant. */
export type DeciderBounds = { maxBatch: number; maxWaiting: number }

const DEFAULT_BOUNDS: DeciderBounds = { maxBatch: 512, maxWaiting: 8_192 }

/**
 * Decides about usage, many requests in one statement: while a statement of a tenant is under way, the next batch
 * gathers. Requests are decided and answered in the order in which they came. The statement is a transaction by
 * itself: an answer means that what was admitted is stored. Two statements under way at once were slower: what a
 * batch costs by itself was paid twice as often.
 */
export class UsageDecider {
  readonly #database: Database
  readonly #bounds: DeciderBounds
  readonly #queues = new Map<string, Queue>()
  readonly #statement: Statement

  constructor(database: Database, bounds: DeciderBounds = DEFAULT_BOUNDS) {
    this.#database = database
    this.#bounds = bounds
    this.#statement = statement(
      'metering.consume_batch',
      `select ${decisionColumns}
       from "${database.schema}".consume_batch($1, null, $2, $3, $4, $5, $6, $7, $8, $9, $10) as d`,
    )
  }

  /**
   * Decides one request. Throws `metering.overloaded` when too many wait: nothing was counted. Any other error hits
   * the whole batch, such as `platform.unavailable`: it may have been counted, and the same id may be sent again.
   */
  decide(tenantId: string, request: UsageRequest): Promise<UsageAnswer> {
    const queue = this.#queueOf(tenantId)
    if (queue.waiting.length >= this.#bounds.maxWaiting) {
      const message = 'Too many decisions wait; try again in a moment.'
      return Promise.reject(new PurserError('metering.overloaded', message))
    }
    return new Promise((resolve, reject) => {
      queue.waiting.push({ request, resolve, reject })
      if (!queue.running) void this.#run(tenantId, queue)
    })
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
    while (queue.waiting.length > 0) {
      // Callers that were answered in this turn, or came in with it, join.
      await nextTurn()
      const { batch, callers } = this.#takeBatch(queue)
      try {
        const answers = await this.#decideBatch(tenantId, batch, queue.hopeful)
        queue.hopeful = answers.every(({ verdict }) => verdict === 'admitted')
        for (const [index, caller] of callers.entries()) {
          caller.resolve(answers[index] as UsageAnswer)
        }
      } catch (error) {
        for (const caller of callers) caller.reject(error)
      }
    }
    queue.running = false
    this.#queues.delete(tenantId)
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

  async #decideBatch(
    tenantId: string,
    batch: UsageBatch,
    hopeful: boolean,
  ): Promise<UsageAnswer[]> {
    const [row] = await this.#database.alone<DecisionRow>(tenantId, this.#statement, [
      ...batch.parameters(),
      hopeful,
    ])
    return readDecision(row as DecisionRow, batch)
  }
}
