import type { Jobs } from '@purser/jobs'

/** Payloads of this service's jobs by task. */
export type BillingTasks = {
  /** Goes on with a run that nobody works on any more. */
  'resume-run': { tenant: string; runId: string; timeoutMs: number }
}

/** Adds a job in the caller's transaction. */
export type AddBillingJob = Jobs<BillingTasks>['add']
