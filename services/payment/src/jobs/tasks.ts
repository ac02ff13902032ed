import type { Jobs } from '@purser/jobs'

/** Payloads of this service's jobs by task. */
export type PaymentTasks = {
  /** Asks providers about what is unknown or was left behind; adds the next run itself. */
  sweep: Record<string, never>
  /** Delivers a webhook of the sandbox, as a provider would do over the network. */
  'sandbox-webhook': { body: string }
}

/** Adds a job in the caller's transaction. */
export type AddPaymentJob = Jobs<PaymentTasks>['add']
