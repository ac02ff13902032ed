import type { Jobs } from '@purser/jobs'

/** Payloads of this service's jobs by task. */
export type SubscriptionTasks = {
  /** Tells metering what it has not confirmed of a tenant. */
  'tell-metering': { tenant: string }
  /** Puts the account of somebody who signed up onto the plan for newcomers. */
  'subscribe-newcomer': { tenant: string; accountId: string }
}

/** Adds a job in the caller's transaction. */
export type AddSubscriptionJob = Jobs<SubscriptionTasks>['add']
