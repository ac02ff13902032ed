import { fixedClock } from '@purser/kernel'
import { type TestDatabase, waitFor } from '@purser/testing'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { schema, workerDatabase, workerOf } from '../test/worker-database.ts'
import type { Jobs } from './jobs.ts'
import { createRecurringJob, type NoPayload } from './recurring-job.ts'

type Tasks = { sweep: NoPayload }

let db: TestDatabase
beforeAll(async () => {
  db = await workerDatabase()
})
afterAll(() => db.close())
beforeEach(() => db.adminQuery(`truncate ${schema}._private_jobs`))

/** One process that sweeps each minute from a moment on. */
function processAt(at: string, run: (now: Temporal.Instant) => Promise<void>) {
  const sweep = createRecurringJob<'sweep'>(
    {
      task: 'sweep',
      database: db.database,
      clock: fixedClock(Temporal.Instant.from(at)),
      addJob: (tx, task, payload, options) => jobs.add(tx, task, payload, options),
      pauseMs: 60_000,
    },
    run,
  )
  const jobs: Jobs<Tasks> = workerOf<Tasks>(db, { sweep: sweep.handler })
  return { jobs, sweep }
}

const waitingRuns = () =>
  db.adminQuery<{ at: string }>(
    `select to_char(run_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as at
     from ${schema}._private_jobs
     where attempts = 0
     order by id`,
  )

test('a process runs it at its start, and the next run waits for its time, alone', async () => {
  const runs: string[] = []
  const { jobs, sweep } = processAt('2099-02-15T12:00:00.0000015Z', async (now) => {
    runs.push(now.toString())
  })
  // Each process of several adds its first run.
  await sweep.first.start()
  await sweep.first.start()
  await jobs.start()
  await waitFor(() => runs.length === 1)
  await jobs.stop()
  expect(runs).toEqual(['2099-02-15T12:00:00.000002Z'])
  expect(await waitingRuns()).toEqual([{ at: '2099-02-15 12:01:00.000002' }])
})

test('a run that fails is followed by the next', async () => {
  let count = 0
  const { jobs, sweep } = processAt('2099-02-15T12:00:00Z', async () => {
    count += 1
    throw new Error('no')
  })
  await sweep.first.start()
  await jobs.start()
  await waitFor(() => count === 1)
  await jobs.stop()
  expect(await waitingRuns()).toEqual([{ at: '2099-02-15 12:01:00.000000' }])
})
