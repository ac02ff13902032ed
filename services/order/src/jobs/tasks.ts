import type { Jobs } from '@purser/jobs'

/** Payloads of this service's jobs by task. */
export type OrderTasks = {
  /** Goes on with checkouts that are due; adds the next run itself. */
  sweep: Record<string, never>
  /** Brings money and goods of an order back, as its rows say. */
  settle: { tenant: string; orderId: string }
}

/** Adds a job in the caller's transaction. */
export type AddOrderJob = Jobs<OrderTasks>['add']
