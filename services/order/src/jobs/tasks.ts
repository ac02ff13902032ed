import type { Jobs } from '@purser/jobs'
import type { ParcelLine } from '../domain/order.ts'

/** What is written, by the template. Integers are texts. */
export type OrderMail =
  | { templateKey: 'order_confirmed' }
  | { templateKey: 'order_refunded'; amountMinor: string }
  | {
      templateKey: 'order_shipped' | 'order_parcel_failed'
      carrier: string
      trackingNumber: string
      lines: ParcelLine[]
    }

/** Payloads of this service's jobs by task. */
export type OrderTasks = {
  /** Goes on with checkouts that are due; adds the next run itself. */
  sweep: Record<string, never>
  /** Brings money and goods of an order back, as its rows say. */
  settle: { tenant: string; orderId: string }
  /** Writes to who bought. */
  mail: {
    tenant: string
    orderId: string
    mail: OrderMail
    /** The same for every attempt to send the same mail. */
    dedupId: string
  }
}

/** Adds a job in the caller's transaction. */
export type AddOrderJob = Jobs<OrderTasks>['add']
