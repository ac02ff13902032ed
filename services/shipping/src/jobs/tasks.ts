import type { Jobs } from '@purser/jobs'

/** Payloads of this service's jobs by task. */
export type ShippingTasks = {
  /** Asks carriers that were silent, removes what is over; adds the next run itself. */
  sweep: Record<string, never>
  /** Delivers a webhook of the sandbox, as a carrier would do over the network. */
  'sandbox-webhook': { body: string }
}

/** Adds a job in the caller's transaction. */
export type AddShippingJob = Jobs<ShippingTasks>['add']
