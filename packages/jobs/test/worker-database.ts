import { silentLogger } from '@purser/runtime'
import { createTestDatabase, type TestDatabase, temporaryFolder } from '@purser/testing'
import type { JobHandlers, TaskPayloads } from '../src/job.ts'
import { createJobs, type Jobs, type JobsOptions } from '../src/jobs.ts'
import { migrateJobs } from '../src/migrate-jobs.ts'

export const schema = 'worker_jobs'

/** A service `worker` with nothing but jobs. */
export async function workerDatabase(): Promise<TestDatabase> {
  await using migrations = await temporaryFolder()
  return await createTestDatabase('worker', migrations.path, {
    jobs: { schema, migrate: migrateJobs },
  })
}

/** One process of the service, as far as jobs go: fast to notice things. */
export function workerOf<Tasks extends TaskPayloads>(
  db: TestDatabase,
  tasks: JobHandlers<Tasks>,
  more: Partial<JobsOptions<Tasks>> = {},
): Jobs<Tasks> {
  return createJobs<Tasks>({
    url: db.adminUrl,
    role: db.role,
    password: db.password,
    schema,
    tasks,
    log: silentLogger,
    pollIntervalMs: 50,
    sweepIntervalMs: 50,
    stopTimeoutMs: 5_000,
    ...more,
  })
}

export type JobRow = {
  id: string
  attempts: number
  locked_by: string | null
  last_error: string | null
}

/** What waits, runs or is parked, the oldest first. */
export async function jobRows(db: TestDatabase): Promise<JobRow[]> {
  return await db.adminQuery<JobRow>(
    `select id, attempts, locked_by, last_error from ${schema}._private_jobs order by id`,
  )
}
