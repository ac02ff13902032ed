import type { Period } from '@purser/kernel'

/** One subscription period to bill, or the late usage of a subscription that has no further period. */
export type BillingItem = {
  subscriptionId: string
  kind: 'period' | 'adjustment'
  accountId: string
  planKey: string
  planVersion: number
  period: Period
  /** Calendar days billed and of the full period, in the tenant's zone; both 0 on an adjustment. */
  billableDays: number
  periodDays: number
}

/** What billing an item came to. */
export type BilledItem = {
  item: BillingItem
  hasInvoice: boolean
  currency: string
  amountMinor: bigint
  eventCount: bigint
  adjustmentCount: number
}

/** An item that could not be billed. */
export type FailedItem = { item: BillingItem; code: string; message: string }
