import { type TestDatabase, waitFor } from '@purser/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { jobRows, schema, workerDatabase, workerOf } from '../test/worker-database.ts'
import type { Job } from './job.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await workerDatabase()
})
afterAll(() => db.close())
beforeEach(() => db.adminQuery(`truncate ${schema}._private_jobs`))

type Note = { n: number }

/** A task whose jobs run until `release`. */
function slow() {
  const seen: Job<Note>[] = []
  const { promise, resolve } = Promise.withResolvers<void>()
  const note = async (job: Job<Note>): Promise<void> => {
    seen.push(job)
    await promise
  }
  return { seen, release: resolve, tasks: { note } }
}

const noSweeps = { sweepIntervalMs: 3_600_000 }

/** As a worker that was killed leaves its job: locked just now, by someone who is gone. */
const lockForDead = () =>
  db.adminQuery(
    `update ${schema}._private_jobs
     set locked_by = 'pool-dead', locked_at = now(), attempts = attempts + 1`,
  )

describe('what a dead worker left', () => {
  test('is freed at once when a process starts', async () => {
    const { seen, release, tasks } = slow()
    release()
    const jobs = workerOf(db, tasks, noSweeps)
    await db.database.tx('acme', (tx) => jobs.add(tx, 'note', { n: 1 }))
    await lockForDead()
    await jobs.start()
    await waitFor(() => seen.length === 1)
    expect(seen[0]?.attempt).toBe(2)
    await jobs.stop()
  })

  test('is freed by a living process too', async () => {
    const { seen, release, tasks } = slow()
    release()
    const jobs = workerOf(db, tasks)
    await jobs.start()
    const runAt = Temporal.Now.instant().add({ hours: 1 })
    await db.database.tx('acme', (tx) => jobs.add(tx, 'note', { n: 1 }, { runAt }))
    await lockForDead()
    await db.adminQuery(`update ${schema}._private_jobs set run_at = now()`)
    await waitFor(() => seen.length === 1)
    await jobs.stop()
  })
})

describe('two living processes', () => {
  test('do not steal from each other, neither at the start nor later', async () => {
    const one = slow()
    const two = slow()
    const first = workerOf(db, one.tasks)
    const second = workerOf(db, two.tasks)
    await first.start()
    await db.database.tx('acme', (tx) => first.add(tx, 'note', { n: 1 }))
    await waitFor(() => one.seen.length === 1)
    await second.start()
    const [locked] = await jobRows(db)

    // Both have looked for dead workers several times when this second job was taken, freed and ended.
    for (let sweeps = 0; sweeps < 3; sweeps += 1) {
      await db.adminQuery(
        `insert into ${schema}._private_jobs (task_id, locked_by, locked_at, attempts, max_attempts)
         select id, 'pool-dead', now(), 1, 1 from ${schema}._private_tasks where identifier = 'note'`,
      )
      await waitFor(async () => (await jobRows(db)).every((row) => row.locked_by !== 'pool-dead'))
    }
    expect((await jobRows(db))[0]).toEqual(locked)
    expect(one.seen.length + two.seen.length).toBe(1)
    one.release()
    await waitFor(async () =>
      (await jobRows(db)).every((row) => row.attempts === 1 && row.locked_by === null),
    )
    await first.stop()
    await second.stop()
    expect(one.seen[0]?.signal.aborted).toBe(false)
    expect(two.seen).toEqual([])
  })

  test('share the jobs that wait', async () => {
    const one = slow()
    const two = slow()
    const workers = [one, two].map(({ tasks }) => workerOf(db, tasks, { concurrency: 1 }))
    for (const worker of workers) await worker.start()
    await db.database.tx('acme', async (tx) => {
      for (const n of [1, 2]) await workers[0]?.add(tx, 'note', { n })
    })
    await waitFor(() => one.seen.length === 1 && two.seen.length === 1)
    for (const { release } of [one, two]) release()
    await Promise.all(workers.map((worker) => worker.stop()))
    const numbers = [...one.seen, ...two.seen].map(({ payload }) => payload.n)
    expect(numbers.toSorted()).toEqual([1, 2])
  })
})

describe('a worker that loses its session', () => {
  const endSessions = () =>
    db.adminQuery(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'purser-${schema}' and datname = current_database()`,
    )

  test('tells its running jobs, whose work others may take, and starts again', async () => {
    const seen: Job<Note>[] = []
    const note = async (job: Job<Note>): Promise<void> => {
      seen.push(job)
      if (seen.length > 1) return
      await new Promise((_, reject) => {
        job.signal.addEventListener('abort', () => reject(job.signal.reason))
      })
    }
    const jobs = workerOf(db, { note })
    await jobs.start()
    await db.database.tx('acme', (tx) => jobs.add(tx, 'note', { n: 1 }))
    await waitFor(() => seen.length === 1)
    await endSessions()
    await waitFor(() => seen[0]?.signal.aborted)
    await waitFor(async () => {
      await db.adminQuery(
        `update ${schema}._private_jobs set run_at = now() where locked_by is null`,
      )
      return seen.length === 2 && (await jobRows(db)).length === 0
    })
    await jobs.stop()
    expect(seen[1]?.attempt).toBe(2)
  })

  test('works on after any number of outages', async () => {
    const { seen, release, tasks } = slow()
    release()
    const jobs = workerOf(db, tasks)
    await jobs.start()
    for (const n of [1, 2, 3]) {
      await endSessions()
      await db.database.tx('acme', (tx) => jobs.add(tx, 'note', { n }))
      await waitFor(() => seen.some(({ payload }) => payload.n === n))
    }
    await jobs.stop()
  })
})
