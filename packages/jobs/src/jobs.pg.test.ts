import { asAdmin } from '@purser/postgres'
import { createMetrics } from '@purser/runtime'
import { type TestDatabase, waitFor } from '@purser/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { jobRows, schema, workerDatabase, workerOf } from '../test/worker-database.ts'
import type { Job } from './job.ts'
import { listParkedJobs, replayParkedJobs } from './parked-jobs.ts'

type Note = { n: number }

let db: TestDatabase
beforeAll(async () => {
  db = await workerDatabase()
})
afterAll(() => db.close())
beforeEach(() => db.adminQuery(`truncate ${schema}._private_jobs`))

/** A task that notes its jobs and then does what `after` says. */
function noting(after: (job: Job<Note>) => Promise<void> = async () => {}) {
  const seen: Job<Note>[] = []
  const note = async (job: Job<Note>): Promise<void> => {
    seen.push(job)
    await after(job)
  }
  return { seen, tasks: { note } }
}

/** Makes jobs that wait for their next attempt due. */
const makeDue = () => db.adminQuery(`update ${schema}._private_jobs set run_at = now()`)

describe('add', () => {
  test('the job runs once the transaction has committed, with its payload', async () => {
    const { seen, tasks } = noting()
    const metrics = createMetrics({ processMetrics: false })
    const jobs = workerOf(db, tasks, { metrics, pollIntervalMs: 60_000 })
    await jobs.start()
    await db.database.tx('acme', async (tx) => {
      await jobs.add(tx, 'note', { n: 1 })
      expect((await jobRows(db)).length).toBe(0)
    })
    await waitFor(async () => seen.length === 1 && (await jobRows(db)).length === 0)
    expect(seen[0]).toMatchObject({ payload: { n: 1 }, attempt: 1 })
    expect(seen[0]?.signal.aborted).toBe(false)
    await jobs.stop()
    expect(await metrics.text()).toContain('{task="note",outcome="done"} 1')
  })

  test('what rolls back leaves no job', async () => {
    const jobs = workerOf(db, noting().tasks)
    const change = db.database.tx('acme', async (tx) => {
      await jobs.add(tx, 'note', { n: 1 })
      throw new Error('no')
    })
    await expect(change).rejects.toThrow('no')
    expect(await jobRows(db)).toEqual([])
  })

  test('a job whose key is taken by a worker at the same moment is added beside it', async () => {
    const jobs = workerOf(db, noting().tasks)
    const add = (n: number) =>
      db.database.tx('acme', (tx) => jobs.add(tx, 'note', { n }, { jobKey: 'once' }))
    await add(1)
    const taken = Promise.withResolvers<void>()
    const commit = Promise.withResolvers<void>()
    const worker = asAdmin(db.adminUrl, async (client) => {
      await client.query('begin')
      await client.query(`update ${schema}._private_jobs set locked_at = now(), locked_by = 'w'`)
      taken.resolve()
      await commit.promise
      await client.query('commit')
    })
    await taken.promise
    const added = add(2)
    await waitFor(async () => {
      const waiting = await db.adminQuery(
        `select from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock'`,
      )
      return waiting.length > 0
    })
    commit.resolve()
    await Promise.all([worker, added])
    const rows = await db.adminQuery(
      `select payload, locked_by from ${schema}._private_jobs order by id`,
    )
    expect(rows).toEqual([
      { payload: { n: 1 }, locked_by: 'w' },
      { payload: { n: 2 }, locked_by: null },
    ])
  })

  test('a job key keeps one waiting job, with the latest payload', async () => {
    const { seen, tasks } = noting()
    const jobs = workerOf(db, tasks)
    for (const n of [1, 2, 3]) {
      await db.database.tx('acme', (tx) => jobs.add(tx, 'note', { n }, { jobKey: 'acme/run' }))
    }
    await jobs.start()
    await waitFor(async () => (await jobRows(db)).length === 0)
    await jobs.stop()
    expect(seen.map(({ payload }) => payload.n)).toEqual([3])
  })

  test('a job for later waits for its time', async () => {
    const { seen, tasks } = noting()
    const jobs = workerOf(db, tasks)
    const runAt = Temporal.Now.instant().add({ hours: 1 })
    await db.database.tx('acme', async (tx) => {
      await jobs.add(tx, 'note', { n: 1 }, { runAt })
      await jobs.add(tx, 'note', { n: 2 })
    })
    await jobs.start()
    await waitFor(() => seen.length === 1)
    expect(seen[0]?.payload.n).toBe(2)
    await makeDue()
    await waitFor(() => seen.length === 2)
    await jobs.stop()
  })
})

describe('a failing job', () => {
  test('is tried again, later, with the next attempt number', async () => {
    const { seen, tasks } = noting(async ({ attempt }) => {
      if (attempt === 1) throw new Error('not\0 yet')
    })
    const jobs = workerOf(db, tasks)
    await jobs.start()
    await db.database.tx('acme', (tx) => jobs.add(tx, 'note', { n: 1 }))
    const failed = await waitFor(async () => {
      const [row] = await jobRows(db)
      return row?.last_error ? row : undefined
    })
    expect(failed).toMatchObject({ attempts: 1, last_error: 'Error: not yet', locked_by: null })
    await makeDue()
    await waitFor(async () => (await jobRows(db)).length === 0)
    await jobs.stop()
    expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2])
  })

  test('is parked after its last attempt and can be replayed', async () => {
    let broken = true
    const { seen, tasks } = noting(async ({ payload }) => {
      if (broken && payload.n === 1) throw new RangeError('no')
    })
    const jobs = workerOf(db, tasks)
    await jobs.start()
    await db.database.tx('acme', (tx) => jobs.add(tx, 'note', { n: 1 }, { maxAttempts: 1 }))
    const [parked] = await waitFor(async () => {
      const found = await listParkedJobs(db.database, schema)
      return found.length > 0 ? found : undefined
    })
    expect(parked).toMatchObject({ task: 'note', payload: { n: 1 }, attempts: 1 })
    expect(parked?.lastError).toBe('RangeError: no')
    await makeDue()
    await db.database.tx('acme', (tx) => jobs.add(tx, 'note', { n: 2 }))
    await waitFor(() => seen.length === 2)
    expect(seen.map(({ payload }) => payload.n)).toEqual([1, 2])
    broken = false
    expect(await replayParkedJobs(db.database, schema, [parked?.id ?? ''])).toBe(1)
    await waitFor(async () => (await jobRows(db)).length === 0)
    await jobs.stop()
    expect(seen.map(({ payload }) => payload.n)).toEqual([1, 2, 1])
  })

  test('has its signal aborted when it runs over its time', async () => {
    const { tasks } = noting(async ({ signal }) => {
      await new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      )
    })
    const jobs = workerOf(db, tasks, { jobTimeoutMs: 20 })
    await jobs.start()
    await db.database.tx('acme', (tx) => jobs.add(tx, 'note', { n: 1 }, { maxAttempts: 1 }))
    const [parked] = await waitFor(async () => {
      const found = await listParkedJobs(db.database, schema)
      return found.length > 0 ? found : undefined
    })
    expect(parked?.lastError).toContain('TimeoutError')
    await jobs.stop()
  })
})

test('no more than the bound run at once', async () => {
  let inside = 0
  let most = 0
  // However slowly jobs are taken: the first ones end once as many run as may.
  const { promise: full, resolve: fill } = Promise.withResolvers<void>()
  const { seen, tasks } = noting(async () => {
    most = Math.max(most, (inside += 1))
    if (inside === 3) fill()
    await full
    await new Promise((resolve) => setTimeout(resolve, 5))
    inside -= 1
  })
  const jobs = workerOf(db, tasks, { concurrency: 3 })
  await jobs.start()
  await db.database.tx('acme', async (tx) => {
    for (let n = 0; n < 30; n += 1) await jobs.add(tx, 'note', { n })
  })
  await waitFor(async () => (await jobRows(db)).length === 0)
  await jobs.stop()
  expect(seen.length).toBe(30)
  expect(most).toBe(3)
})

describe('the end', () => {
  test('stop waits for the running job and takes no other', async () => {
    const release = Promise.withResolvers<void>()
    const { seen, tasks } = noting(() => release.promise)
    const jobs = workerOf(db, tasks, { concurrency: 1 })
    await jobs.start()
    await db.database.tx('acme', async (tx) => {
      await jobs.add(tx, 'note', { n: 1 })
      await jobs.add(tx, 'note', { n: 2 })
    })
    await waitFor(() => seen.length === 1)
    const draining = jobs.drain?.()
    release.resolve()
    await draining
    await jobs.stop()
    expect(seen.map(({ payload }) => payload.n)).toEqual([1])
    expect((await jobRows(db)).map(({ attempts, locked_by }) => ({ attempts, locked_by }))).toEqual(
      [{ attempts: 0, locked_by: null }],
    )
  })

  test('a job that does not end within the bound is aborted and tried again later', async () => {
    const { seen, tasks } = noting(async ({ signal }) => {
      await new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      )
    })
    const jobs = workerOf(db, tasks, { stopTimeoutMs: 10 })
    await jobs.start()
    await db.database.tx('acme', (tx) => jobs.add(tx, 'note', { n: 1 }))
    await waitFor(() => seen.length === 1)
    await jobs.stop()
    const [row] = await jobRows(db)
    expect(row).toMatchObject({ attempts: 1, locked_by: null })
    expect(row?.last_error).toContain('the job worker stops')
  })

  test('a job that does not listen either is given up and tried again later', async () => {
    const release = Promise.withResolvers<void>()
    const { seen, tasks } = noting(() => release.promise)
    const jobs = workerOf(db, tasks, { stopTimeoutMs: 10 })
    await jobs.start()
    await db.database.tx('acme', (tx) => jobs.add(tx, 'note', { n: 1 }))
    await waitFor(() => seen.length === 1)
    await jobs.stop()
    expect(await jobRows(db)).toMatchObject([{ attempts: 1, locked_by: null }])
    release.resolve()
  })

  test('stop may come without a start, after a drain and twice', async () => {
    await workerOf(db, noting().tasks).stop()
    const jobs = workerOf(db, noting().tasks)
    await jobs.start()
    await jobs.drain?.()
    await jobs.stop()
    await expect(jobs.stop()).resolves.toBeUndefined()
  })

  test('start rejects without a database', async () => {
    const elsewhere = db.adminUrl.replace('test_', 'none_')
    const lost = workerOf(db, noting().tasks, { url: elsewhere })
    await expect(lost.start()).rejects.toThrow('does not exist')
    await lost.stop()
  })
})
