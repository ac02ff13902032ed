import { PurserError } from '@purser/kernel'
import { type Statement, statement, type Tx } from '@purser/postgres'
import type { AddJobOptions, JsonObject } from './job.ts'
import { channelOf } from './own-channel.ts'

const defaultMaxAttempts = 10

/** A second attempt finds the job taken; more of them mean that workers took one after the other. */
const MAX_ATTEMPTS_TO_ADD = 5

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
    const values = [task, JSON.stringify(payload), runAt, maxAttempts, jobKey]
    // The library adds nothing when a worker takes the waiting job of this key at the same moment: it looks at the
    // job before the worker has committed, and meets it after. Seen again, the job is known to be taken.
    for (let attempt = 1; attempt <= MAX_ATTEMPTS_TO_ADD; attempt += 1) {
      const [answer] = await tx.query<{ is_added: boolean }>(addJob, values)
      if (answer?.is_added) return
    }
    throw new PurserError('platform.unavailable', `The job ${jobKey} could not be added.`)
  }
}

function addJobStatement(schema: string): Statement {
  return statement(
    `jobs.add_job.${schema}`,
    `select (job).id is not null as is_added,
       case when (job).run_at <= now() then pg_notify('${channelOf(schema)}', '') end as told
     from "${schema}".add_job(
       identifier => $1::text,
       payload => $2::json,
       run_at => $3::timestamptz,
       max_attempts => $4::integer,
       job_key => $5::text
     ) as job`,
  )
}
