import { join } from 'node:path'
import { spawnNode, waitFor } from '@purser/testing'
import { expect, test } from 'vitest'
import { jobRows, schema, workerDatabase, workerOf } from '../test/worker-database.ts'

const killedWorker = join(import.meta.dirname, '../test/killed-worker.ts')

test('after kill -9 the next process goes on with the job at once', async () => {
  await using db = await workerDatabase()
  const attempts: number[] = []
  const hang = async ({ attempt }: { attempt: number }): Promise<void> =>
    void attempts.push(attempt)
  const next = workerOf<{ hang: { n: number } }>(db, { hang }, { sweepIntervalMs: 3_600_000 })
  await using doomed = spawnNode([killedWorker, db.adminUrl, db.role, db.password, schema])
  await doomed.waitForLine(/^started$/)
  await db.database.tx('acme', (tx) => next.add(tx, 'hang', { n: 7 }))
  await doomed.waitForLine(/^runs 7$/)
  const [locked] = await jobRows(db)
  expect(locked?.locked_by).not.toBeNull()

  await doomed.kill('SIGKILL')
  // The server notices the closed socket by itself; only then is the worker dead to others.
  await waitFor(async () => {
    const sessions = await db.adminQuery(
      `select from pg_stat_activity
       where application_name = 'purser-${schema}' and datname = current_database()`,
    )
    return sessions.length === 0
  })
  await next.start()
  await waitFor(() => attempts.length > 0)
  await next.stop()
  expect(attempts).toEqual([2])
  expect(await jobRows(db)).toEqual([])
})
