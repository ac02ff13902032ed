import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'

/**
 * Proof that a worker lives: a session of its own that holds an advisory lock named after the worker.
 * The server frees the lock when the session ends, at once after `kill -9` (the kernel closes the
 * socket) and within about 25 s when the machine or the network is gone. So whoever can take the lock
 * of a worker knows that the worker is dead, without any clock.
 */
const keepAlive = `
  set tcp_keepalives_idle = 10;
  set tcp_keepalives_interval = 5;
  set tcp_keepalives_count = 3`

const hold = `select pg_advisory_lock(hashtextextended($1::text || '/' || $2::text, 0))`

/**
 * Workers that hold a job or a queue and whose lock is free. The locks it takes end with the statement.
 * Its own worker is left out: a session can always take again what it holds.
 */
const selectDead = (schema: string): string => `
  select worker
  from (
    select locked_by from "${schema}"._private_jobs where locked_by is not null
    union
    select locked_by from "${schema}"._private_job_queues where locked_by is not null
  ) as busy(worker)
  where worker is distinct from $2::text
    and pg_try_advisory_xact_lock(hashtextextended($1::text || '/' || worker, 0))`

const unlock = (schema: string): string => `select "${schema}".force_unlock_workers($1::text[])`

const queryTimeoutMs = 5_000

export type LeaseOptions = { connection: pg.ClientConfig; schema: string }

export class WorkerLease {
  readonly #client: pg.Client
  readonly #schema: string
  readonly #lost = new AbortController()
  #workerId: string | undefined
  #suspects = new Set<string>()

  /** Aborted when the session broke: from then on others may take this worker's jobs. */
  readonly lost: AbortSignal = this.#lost.signal

  private constructor(client: pg.Client, schema: string) {
    this.#client = client
    this.#schema = schema
    client.on('error', (error) => this.#lost.abort(error))
    client.on('end', () => this.#lost.abort(new Error('the session of the worker ended')))
  }

  /** Opens the session. Rejects when the database does not answer. */
  static async open({ connection, schema }: LeaseOptions): Promise<WorkerLease> {
    const client = new pg.Client({ ...connection, keepAlive: true, query_timeout: queryTimeoutMs })
    const lease = new WorkerLease(client, schema)
    await client.connect()
    await client.query(keepAlive)
    return lease
  }

  /** Marks the one worker of this session as living, from now until the session ends. */
  async hold(workerId: string): Promise<void> {
    this.#workerId = workerId
    await this.#query(hold, [this.#schema, workerId])
  }

  /**
   * Frees the jobs and queues of dead workers at once, for the start of a process: after a crash the
   * work goes on without waiting. Returns the workers.
   */
  async releaseDead(): Promise<string[]> {
    return await this.#release(await this.#findDead())
  }

  /**
   * As `releaseDead`, but only workers that were dead at the previous call already: one that is just
   * opening its session again keeps its jobs.
   */
  async releaseLongDead(): Promise<string[]> {
    const dead = await this.#findDead()
    const released = await this.#release(dead.filter((worker) => this.#suspects.has(worker)))
    this.#suspects = new Set(dead.filter((worker) => !released.includes(worker)))
    return released
  }

  /** Ends the session, and with it the life of the worker. Never rejects. */
  async close(): Promise<void> {
    // A session that does not answer any more would never say goodbye.
    await Promise.race([this.#client.end().catch(() => undefined), delay(queryTimeoutMs)])
  }

  async #findDead(): Promise<string[]> {
    const rows = await this.#query<{ worker: string }>(selectDead(this.#schema), [
      this.#schema,
      this.#workerId,
    ])
    return rows.map((row) => row.worker)
  }

  async #release(workers: string[]): Promise<string[]> {
    if (workers.length > 0) await this.#query(unlock(this.#schema), [workers])
    return workers
  }

  /** A session that does not answer in time is lost, even if nobody has closed it. */
  async #query<Row extends pg.QueryResultRow>(text: string, values: unknown[]): Promise<Row[]> {
    try {
      return (await this.#client.query<Row>(text, values)).rows
    } catch (error) {
      this.#lost.abort(error)
      throw error
    }
  }
}
