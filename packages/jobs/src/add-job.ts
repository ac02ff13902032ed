import { type Statement, statement, type Tx } from '@purser/postgres'
import type { AddJobOptions, JsonObject } from './job.ts'

const defaultMaxAttempts = 10

/** Adds a job of the schema within `tx`: it exists if and only if `tx` commits. */
export type AddJob = (
  tx: Tx,
  task: string,
  payload: JsonObject,
  options?: AddJobOptions,
) => Promise<void>

/** The function for one schema of `migrateJobs`; the schema is an SQL name, not input. */
export function addJobTo(schema: string): AddJob {
  const addJob = addJobStatement(schema)
  return async (tx, task, payload, { jobKey, runAt, maxAttempts = defaultMaxAttempts } = {}) => {
    await tx.execute(addJob, [task, JSON.stringify(payload), runAt, maxAttempts, jobKey])
  }
}

function addJobStatement(schema: string): Statement {
  return statement(
    `jobs.add_job.${schema}`,
    `select 1
     from "${schema}".add_job(
       identifier => $1::text,
       payload => $2::json,
       run_at => $3::timestamptz,
       max_attempts => $4::integer,
       job_key => $5::text
     )`,
  )
}
