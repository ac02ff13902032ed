import { EventEmitter } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '@purser/runtime'
import { runTaskList, type TaskList, type WorkerPool } from 'graphile-worker'
import type pg from 'pg'
import { graphileLogger } from './graphile-logger.ts'
import { hearOwnJobs } from './own-channel.ts'
import { WorkerLease } from './worker-lease.ts'

export type GenerationOptions = {
  schema: string
  /** How the lease's own session connects. */
  connection: pg.ClientConfig
  /** Connections for taking and completing jobs, and one that listens for new ones. */
  pool: pg.Pool
  /** The tasks; `stopping` is aborted when running jobs should end now. */
  tasks(stopping: AbortSignal): TaskList
  log: Logger
  concurrency: number
  pollIntervalMs: number
  sweepIntervalMs: number
  /** Whether jobs of dead workers are freed at once: yes at the start of the process. */
  releaseDeadAtOnce: boolean
}

/** How long a job has to end after its signal was aborted, and the library to let go of it. */
const abortGraceMs = 2_000

/**
 * One life of a worker: a lease and the library's workers under it. It ends when it is stopped, when the
 * lease is lost or when the library gives up; another one then starts from the beginning, so a worker
 * never takes a job without a lease that stands for it.
 */
export class WorkerGeneration {
  readonly #lease: WorkerLease
  readonly #pool: WorkerPool
  readonly #log: Logger
  readonly #stopping = new AbortController()
  readonly #over = Promise.withResolvers<void>()
  #shutdown: Promise<void> | undefined

  /** Resolves when no job of this generation runs any more, or its running jobs were given up. */
  readonly ended: Promise<void>

  private constructor(lease: WorkerLease, options: GenerationOptions) {
    this.#lease = lease
    this.#log = options.log
    let holding: Promise<void> = Promise.resolve()
    const events = new EventEmitter()
    hearOwnJobs(events, options.schema, options.log)
    // Before its workers exist, the pool's id is known: the lease is named after it.
    events.on('pool:create', ({ workerPool }: { workerPool: WorkerPool }) => {
      holding = lease.hold(workerPool.id)
    })
    this.#pool = runTaskList(
      {
        schema: options.schema,
        concurrency: options.concurrency,
        pollInterval: options.pollIntervalMs,
        noHandleSignals: true,
        logger: graphileLogger(options.log),
        events,
        preset: {
          plugins: [
            {
              name: 'purser-worker-lease',
              version: '1.0.0',
              // A lease that cannot be held is lost, which has stopped the pool by then.
              worker: { hooks: { startWorker: () => holding.catch(() => undefined) } },
            },
          ],
          // Batched, the library reports a failed completion; single, it would leave the rejection
          // unhandled, which ends the process.
          worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 },
        },
      },
      options.tasks(this.#stopping.signal),
      options.pool,
    )
    this.#pool.promise
      .catch((err: unknown) => this.#log.warn({ err }, 'job worker failed'))
      .finally(this.#over.resolve)
    this.ended = this.#run(options.sweepIntervalMs)
    lease.lost.addEventListener('abort', () => void this.stop(0))
  }

  /** Opens the lease, frees what dead workers left and starts to work. */
  static async start(options: GenerationOptions): Promise<WorkerGeneration> {
    const lease = await WorkerLease.open(options)
    try {
      if (options.releaseDeadAtOnce) report(await lease.releaseDead(), options.log)
      return new WorkerGeneration(lease, options)
    } catch (error) {
      await lease.close()
      throw error
    }
  }

  /**
   * Takes no more jobs and waits for the running ones: `patienceMs` until their signals are aborted, a
   * little more until they are given up and left to be tried again. Never rejects; the first call counts.
   */
  stop(patienceMs: number): Promise<void> {
    this.#shutdown ??= this.#shutDown(patienceMs).finally(this.#over.resolve)
    return this.#shutdown
  }

  /** Aborts the signals of running jobs without waiting any longer. */
  abort(reason: Error): void {
    this.#stopping.abort(reason)
  }

  async #run(sweepIntervalMs: number): Promise<void> {
    const over = new AbortController()
    const sweeping = this.#sweep(sweepIntervalMs, over.signal)
    await this.#over.promise
    over.abort()
    await sweeping
    await this.stop(0)
    await this.#lease.close()
  }

  async #shutDown(patienceMs: number): Promise<void> {
    const graceful = Promise.resolve(this.#pool.gracefulShutdown()).catch(() => undefined)
    if (await endsWithin(graceful, patienceMs)) return
    this.abort(new Error('the job worker stops'))
    if (await endsWithin(graceful, abortGraceMs)) return
    this.#log.warn({}, 'jobs are still running and will be tried again')
    const forced = Promise.resolve(this.#pool.forcefulShutdown('The worker stopped.'))
    const given = forced.catch(() => undefined)
    await endsWithin(given, abortGraceMs)
  }

  async #sweep(intervalMs: number, over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      try {
        await delay(intervalMs, undefined, { signal: over })
        report(await this.#lease.releaseLongDead(), this.#log)
      } catch (err) {
        if (!over.aborted) this.#log.warn({ err }, 'could not look for dead workers')
      }
    }
  }
}

function report(workers: readonly string[], log: Logger): void {
  if (workers.length > 0) log.warn({ workers }, 'freed the jobs of dead workers')
}

async function endsWithin(promise: Promise<unknown>, timeoutMs: number): Promise<boolean> {
  const timer = new AbortController()
  const late = delay(timeoutMs, false, { signal: timer.signal })
  try {
    return await Promise.race([promise.then(() => true), late])
  } finally {
    timer.abort()
  }
}
