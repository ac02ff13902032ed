import type { Jobs } from '@purser/jobs'

/** Payloads of this service's jobs by task. */
export type BillingTasks = {
  /** Starts a run that was asked for in the background, or goes on with one whose process died. */
  'resume-run': { tenant: string; runId: string; timeoutMs: number; background: boolean }
}

/** Adds a job in the caller's transaction. */
export type AddBillingJob = Jobs<BillingTasks>['add']
