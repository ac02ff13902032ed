import type { Jobs } from '@purser/jobs'

/** Payloads of this service's jobs by task. */
export type CartTasks = {
  /** Expires carts of any tenant, and removes those that ended long ago; adds the next run itself. */
  'expire-carts': Record<string, never>
}

/** Adds a job in the caller's transaction. */
export type AddCartJob = Jobs<CartTasks>['add']
