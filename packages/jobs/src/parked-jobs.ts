import { type Database, statement } from '@purser/postgres'
import type { JsonObject } from './job.ts'

export type ParkedJob = {
  id: string
  task: string
  payload: JsonObject
  attempts: number
  /** Name and message of the last error; undefined when the process died in the last attempt. */
  lastError: string | undefined
}

type ParkedRow = {
  id: bigint
  task: string
  payload: JsonObject
  attempts: number
  last_error: string | null
}

/** Jobs of the schema that used up their attempts, the oldest first. */
export async function listParkedJobs(
  database: Database,
  schema: string,
  limit = 100,
): Promise<ParkedJob[]> {
  const select = statement(
    `jobs.list_parked.${schema}`,
    `select job.id, task.identifier as task, job.payload, job.attempts, job.last_error
     from "${schema}"._private_jobs as job
     join "${schema}"._private_tasks as task on task.id = job.task_id
     where job.attempts >= job.max_attempts and job.locked_at is null
     order by job.id
     limit $1`,
  )
  const rows = await database.system((tx) => tx.query<ParkedRow>(select, [limit]))
  return rows.map((row) => ({
    id: row.id.toString(),
    task: row.task,
    payload: row.payload,
    attempts: row.attempts,
    lastError: row.last_error ?? undefined,
  }))
}

/** Gives parked jobs all their attempts again, the next one at once, and says how many. */
export async function replayParkedJobs(
  database: Database,
  schema: string,
  ids: readonly string[],
): Promise<number> {
  const replay = statement(
    `jobs.replay_parked.${schema}`,
    `update "${schema}"._private_jobs
     set attempts = 0, run_at = now(), updated_at = now()
     where id = any($1::bigint[]) and attempts >= max_attempts and locked_at is null`,
  )
  return await database.system((tx) => tx.execute(replay, [ids]))
}
