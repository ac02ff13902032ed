import type { HistogramMetric, Logger } from '@purser/runtime'
import type { JobHelpers, TaskList } from 'graphile-worker'
import type { JobHandler, JobHandlers, JsonObject, TaskPayloads } from './job.ts'

export type RunJobOptions = {
  log: Logger
  durations: HistogramMetric<'task' | 'outcome'>
  /** Bound of one job in milliseconds: its signal is aborted then. */
  jobTimeoutMs: number
}

const longestReason = 2_000

/** The library's table of tasks: runs our handlers, measures and logs how they end. */
export function taskList<Tasks extends TaskPayloads>(
  handlers: JobHandlers<Tasks>,
  stopping: AbortSignal,
  options: RunJobOptions,
): TaskList {
  const entries = Object.entries<JobHandler<never>>(handlers).map(([task, handler]) => [
    task,
    (payload: unknown, helpers: JobHelpers) =>
      // The payload went in through `add`, which is typed by the same table.
      runJob(handler as JobHandler<JsonObject>, payload as JsonObject, helpers, stopping, options),
  ])
  return Object.fromEntries(entries)
}

async function runJob(
  handler: JobHandler<JsonObject>,
  payload: JsonObject,
  { job }: JobHelpers,
  stopping: AbortSignal,
  options: RunJobOptions,
): Promise<void> {
  const task = job.task_identifier
  const log = options.log.child({ task, jobId: job.id, attempt: job.attempts })
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(options.jobTimeoutMs)])
  const startedMs = performance.now()
  let outcome = 'done'
  try {
    await handler({ id: job.id, payload, attempt: job.attempts, signal, log })
  } catch (err) {
    outcome = job.attempts < job.max_attempts ? 'retrying' : 'parked'
    if (outcome === 'parked') log.error({ err }, 'job parked after its last attempt')
    else log.warn({ err }, 'job failed, will retry')
    throw new Error(reasonOf(err), { cause: err })
  } finally {
    options.durations.observe({ task, outcome }, (performance.now() - startedMs) / 1000)
  }
}

/** Becomes `last_error`: Postgres holds no NUL characters. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return text.replaceAll('\0', '').slice(0, longestReason)
}
