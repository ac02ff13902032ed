import type { Clock } from '@purser/kernel'
import type { Database, Tx } from '@purser/postgres'
import type { Component } from '@purser/runtime'
import type { AddJobOptions, Job, JobHandler } from './job.ts'

/** A task that is told nothing. */
export type NoPayload = Record<string, never>

export type RecurringJobOptions<Task extends string> = {
  /** Also the job key: at most one run waits in the schema, in however many processes. */
  task: Task
  database: Database
  clock: Clock
  /** `Jobs.add` of the service. */
  addJob: (tx: Tx, task: Task, payload: NoPayload, options: AddJobOptions) => Promise<void>
  /** From the beginning of a run to that of the next, in milliseconds. */
  pauseMs: number
}

export type RecurringJob = {
  /** What the task does: adds the next run, then does this one. */
  handler: JobHandler<NoPayload>
  /** At the start of a process: adds a run that is due at once, in place of one that waits. */
  first: Component
}

/**
 * Work that comes again for as long as there is a process. A run that fails, or dies with its process,
 * is followed by the next all the same. Runs of several processes may overlap when one takes longer
 * than the pause. `now` is in whole microseconds, as the database keeps time.
 */
export function createRecurringJob<Task extends string>(
  { task, database, clock, addJob, pauseMs }: RecurringJobOptions<Task>,
  run: (now: Temporal.Instant, job: Job<NoPayload>) => Promise<void>,
): RecurringJob {
  const add = (options: AddJobOptions) =>
    database.system((tx) => addJob(tx, task, {}, { jobKey: task, ...options }))
  return {
    handler: async (job) => {
      const now = clock.now().round('microsecond')
      // First of all, so that a run that fails is followed by one all the same.
      await add({ runAt: now.add({ milliseconds: pauseMs }) })
      await run(now, job)
    },
    first: {
      name: `first ${task} of ${database.schema}`,
      start: () => add({}),
      stop: async () => {},
    },
  }
}
