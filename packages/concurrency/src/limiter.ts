import { AsyncLocalStorage } from 'node:async_hooks'
import { assert, PurserError } from '@purser/kernel'
import { Slots } from './slots.ts'
import { WorkGroup, type WorkGroupOptions } from './work-group.ts'

export type LimiterOptions = {
  /** Works of `go` that run at once, an integer from 1. */
  maxWorkers: number
  /** Sections of `do` that run at once, an integer from 1: keep it at or below the connection pool. */
  maxDbJobs: number
  /** Works of `go` that may wait for a worker; one more is refused. Default: no bound. */
  maxQueued?: number
}

export type LimiterStats = {
  running: number
  queued: number
  inSection: number
  awaitingSection: number
  completed: number
  failed: number
}

/** A slot that the running code holds, kept in its async context; `over` once it was given back. */
type Holding = { slots: Slots; over: boolean; outer: Holding | undefined }

/**
 * Bounds the concurrency of one service: `go` for whole works, `do` for database sections in them.
 * Both are fair: first come, first served.
 *
 * The rule that keeps it free of deadlocks: a caller may take a section while it holds a worker, and
 * nothing else while it holds anything. `go` inside `go`, `go` inside `do` and `do` inside `do` could
 * wait for a slot that only the waiter itself can free, so they fail at once with an assertion. Code
 * that a work started and that outlives the work holds nothing.
 */
export class Limiter {
  readonly #workers: Slots
  readonly #sections: Slots
  readonly #maxQueued: number
  readonly #holding = new AsyncLocalStorage<Holding>()
  readonly #idle = new Set<() => void>()
  #pending = 0
  #completed = 0
  #failed = 0

  constructor({ maxWorkers, maxDbJobs, maxQueued = Number.POSITIVE_INFINITY }: LimiterOptions) {
    assert(Number.isInteger(maxWorkers) && maxWorkers >= 1, 'maxWorkers is an integer from 1')
    assert(Number.isInteger(maxDbJobs) && maxDbJobs >= 1, 'maxDbJobs is an integer from 1')
    assert(maxQueued >= 0, 'maxQueued is not negative')
    this.#workers = new Slots(maxWorkers)
    this.#sections = new Slots(maxDbJobs)
    this.#maxQueued = maxQueued
  }

  /**
   * Runs `work` as soon as one of the `maxWorkers` is free and settles as it does.
   *
   * While it waits, `signal` takes it out of the queue and rejects with the signal's reason; a work
   * that already runs gets the signal through its own means. Rejects with
   * `platform.overloaded` when `maxQueued` others wait already.
   */
  async go<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    assert(!this.#holds(this.#workers), 'go inside go could wait for itself')
    assert(!this.#holds(this.#sections), 'go inside do could wait for itself')
    if (!this.#workers.free && this.#workers.waiting >= this.#maxQueued) {
      throw refusal(this.#maxQueued)
    }
    return await this.#run(this.#workers, work, signal)
  }

  /**
   * Runs `section`, usually one transaction, as soon as fewer than `maxDbJobs` are inside, and
   * settles as it does. May be called inside a work of `go` or alone. While it waits, `signal` takes
   * it out of the queue.
   */
  async do<T>(section: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    assert(!this.#holds(this.#sections), 'do inside do could wait for itself')
    return await this.#run(this.#sections, section, signal)
  }

  /**
   * A family of works that succeed or stop together and share this limiter with everyone else:
   * one billing run, one import.
   */
  group(options?: WorkGroupOptions): WorkGroup {
    return new WorkGroup((work, signal) => this.go(work, signal), options)
  }

  /** Resolves when no work and no section runs or waits; never rejects. */
  settle(): Promise<void> {
    if (this.#pending === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.add(resolve))
  }

  /** What happens now, and how many works and sections have ended since the start. */
  stats(): LimiterStats {
    return {
      running: this.#workers.taken,
      queued: this.#workers.waiting,
      inSection: this.#sections.taken,
      awaitingSection: this.#sections.waiting,
      completed: this.#completed,
      failed: this.#failed,
    }
  }

  #holds(slots: Slots): boolean {
    let holding = this.#holding.getStore()
    while (holding && (holding.over || holding.slots !== slots)) holding = holding.outer
    return holding !== undefined
  }

  async #run<T>(slots: Slots, work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    this.#pending += 1
    try {
      await slots.take(signal)
      const holding = { slots, over: false, outer: this.#holding.getStore() }
      try {
        const result = await this.#holding.run(holding, work)
        this.#completed += 1
        return result
      } catch (error) {
        this.#failed += 1
        throw error
      } finally {
        holding.over = true
        slots.release()
      }
    } finally {
      this.#pending -= 1
      if (this.#pending === 0) this.#wakeSettlers()
    }
  }

  #wakeSettlers(): void {
    for (const resolve of this.#idle) resolve()
    this.#idle.clear()
  }
}

function refusal(maxQueued: number): PurserError {
  return new PurserError('platform.overloaded', 'Too much work is waiting; try again later.', {
    details: { max_queued: String(maxQueued) },
  })
}
