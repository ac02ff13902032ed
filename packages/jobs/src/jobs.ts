import { setTimeout as delay } from 'node:timers/promises'
import { assert } from '@purser/kernel'
import { connectionUrl, type Tx } from '@purser/postgres'
import { type Component, type Logger, type Metrics, noMetrics } from '@purser/runtime'
import pg from 'pg'
import { addJobTo } from './add-job.ts'
import type { AddJobOptions, JobHandlers, TaskPayloads } from './job.ts'
import { taskList } from './run-job.ts'
import { type GenerationOptions, WorkerGeneration } from './worker-generation.ts'

export type JobsOptions<Tasks extends TaskPayloads> = {
  /** The service's Postgres URL; `role` and `password` replace what it names. */
  url: string
  role?: string
  password?: string
  /** As in `migrateJobs`: `<service>_jobs`. */
  schema: string
  tasks: JobHandlers<Tasks>
  log: Logger
  metrics?: Metrics
  /** Jobs of this process that run at once, default 4. */
  concurrency?: number
  /** Bound of one job, after which its signal is aborted; default 600,000. */
  jobTimeoutMs?: number
  /** How long `stop` waits for running jobs before it aborts their signals; default 10,000. */
  stopTimeoutMs?: number
  /** How often it looks for jobs that are due later or whose notification was missed; default 2,000. */
  pollIntervalMs?: number
  /** How often it looks for dead workers of other processes; default 10,000. */
  sweepIntervalMs?: number
}

export type Jobs<Tasks extends TaskPayloads> = Component & {
  /**
   * Adds a job in the caller's transaction: it exists if and only if `tx` commits, and its worker is
   * woken then. Works before `start` and after `stop`, and in processes that never start a worker.
   */
  add<Task extends keyof Tasks & string>(
    tx: Tx,
    task: Task,
    payload: Tasks[Task],
    options?: AddJobOptions,
  ): Promise<void>
}

type ConnectionOptions = Pick<JobsOptions<never>, 'url' | 'role' | 'password' | 'schema' | 'log'>

/** One listens, the others take and complete jobs. */
const workerConnections = 4
const longestRestartDelayMs = 10_000

/**
 * The background work of one service: its tasks, run by this process under a bound.
 *
 * A job runs at least once. It is claimed by one worker at a time; a failing one is tried again after
 * e^attempt seconds (2.7 s, 7.4 s, 20 s ... 6 h at the most) and parked after its last attempt. Jobs of a
 * process that died are freed when any process of the service starts, and within two sweeps otherwise.
 * `start` rejects when the database does not answer; later outages are survived.
 */
export function createJobs<Tasks extends TaskPayloads>(options: JobsOptions<Tasks>): Jobs<Tasks> {
  const { schema, log, stopTimeoutMs = 10_000 } = options
  const stopping = new AbortController()
  let pool: pg.Pool | undefined
  let generation: WorkerGeneration | undefined
  let supervising: Promise<void> = Promise.resolve()
  let ending: Promise<void> | undefined

  const supervise = async (generationOptions: GenerationOptions): Promise<void> => {
    for (let failures = 0; !stopping.signal.aborted; ) {
      await generation?.ended
      if (stopping.signal.aborted) return
      try {
        const pauseMs = Math.min(100 * 2 ** Math.min(failures, 10), longestRestartDelayMs)
        await delay(pauseMs, undefined, { signal: stopping.signal })
        generation = await WorkerGeneration.start(generationOptions)
        log.warn({ schema }, 'job worker started again')
        failures = 0
      } catch (err) {
        failures += 1
        if (!stopping.signal.aborted) log.warn({ err, schema, failures }, 'no job worker')
      }
    }
  }

  const drain = async (): Promise<void> => {
    stopping.abort(new Error('the job worker stops'))
    await generation?.stop(stopTimeoutMs)
    await supervising
    // A generation that was just starting when the stop came.
    await generation?.stop(0)
    await generation?.ended
  }

  return {
    name: `jobs ${schema}`,
    add: addJobTo(schema),
    start: async () => {
      assert(!pool, 'jobs start once')
      pool = createPool(options)
      const generationOptions = toGenerationOptions(options, pool)
      generation = await WorkerGeneration.start({ ...generationOptions, releaseDeadAtOnce: true })
      supervising = supervise(generationOptions)
    },
    drain,
    stop: () => {
      ending ??= drain().then(() => pool?.end())
      return ending
    },
  }
}

/** Values as the library expects them, so without the conversions of `createDatabase`. */
function createPool(options: ConnectionOptions): pg.Pool {
  const { log, schema } = options
  const pool = new pg.Pool({ ...connectionOf(options), max: workerConnections })
  pool.on('error', (err) => log.warn({ err, schema }, 'an idle job connection broke'))
  // Without a listener, a connection that breaks while it is in use would end the process.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

function connectionOf({ url, role, password, schema }: ConnectionOptions): pg.ClientConfig {
  const changes = { ...(role ? { user: role } : {}), ...(password ? { password } : {}) }
  return {
    connectionString: connectionUrl(url, changes),
    application_name: `purser-${schema}`,
    connectionTimeoutMillis: 5_000,
    query_timeout: 20_000,
    keepAlive: true,
  }
}

function toGenerationOptions<Tasks extends TaskPayloads>(
  options: JobsOptions<Tasks>,
  pool: pg.Pool,
): GenerationOptions {
  const { log, schema, tasks, metrics = noMetrics } = options
  const durations = metrics.histogram('purser_job_duration_seconds', 'Time of one attempt', [
    'task',
    'outcome',
  ])
  const runOptions = { log, durations, jobTimeoutMs: options.jobTimeoutMs ?? 600_000 }
  return {
    schema,
    connection: connectionOf(options),
    pool,
    tasks: (stopping) => taskList(tasks, stopping, runOptions),
    log,
    concurrency: options.concurrency ?? 4,
    pollIntervalMs: options.pollIntervalMs ?? 2_000,
    sweepIntervalMs: options.sweepIntervalMs ?? 10_000,
    releaseDeadAtOnce: false,
  }
}
