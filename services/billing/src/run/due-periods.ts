import type { CallOptions } from '@connectrpc/connect'
import type { DuePeriod } from '@purser/contracts/subscription/v1/subscription'
import { assert, onceEach, type Period } from '@purser/kernel'
import { fromProtoTimestamp, toProtoTimestamp } from '@purser/rpc'
import type { BillingContext } from '../context.ts'
import type { BillingItem } from '../domain/billing-item.ts'

/** Most periods that are looked at together: a few megabytes. */
const PERIODS_AT_ONCE = 30_000

/** Most subscriptions of a page of the contract. */
const MAX_PAGE_SIZE = 10_000

/** Subscriptions to read at once for a window of so many months, in which each may have a period a month. */
export function subscriptionsAtOnce(monthCount: number): number {
  return Math.min(MAX_PAGE_SIZE, Math.ceil(PERIODS_AT_ONCE / monthCount))
}

/** Which periods are asked for: those that end in (start, end] of the window, of a page of subscriptions. */
export type DueQuestion = {
  tenant: string
  window: Period
  /** Subscriptions to read. */
  pageSize: number
  /** Empty for the first page. */
  pageToken: string
}

/** Asks subscription for a page of periods, in order of subscription and time; `next` is empty on the last one. */
export async function readDuePeriods(
  ctx: BillingContext,
  { tenant, window, pageSize, pageToken }: DueQuestion,
  options: CallOptions,
): Promise<{ items: BillingItem[]; next: string }> {
  const page = await ctx.clients.subscription.listDuePeriods(
    {
      tenant,
      endsAfter: toProtoTimestamp(window.start),
      endsUntil: toProtoTimestamp(window.end),
      pageSize,
      pageToken,
    },
    options,
  )
  // Periods of a page share their bounds.
  const toInstant = onceEach(fromProtoTimestamp)
  const items = page.periods.map((due) => fromProtoDuePeriod(due, toInstant))
  return { items, next: page.nextPageToken }
}

function fromProtoDuePeriod(due: DuePeriod, toInstant: typeof fromProtoTimestamp): BillingItem {
  assert(due.periodStart && due.periodEnd, 'a due period has both ends')
  return {
    subscriptionId: due.subscriptionId,
    kind: 'period',
    accountId: due.accountId,
    planKey: due.planKey,
    planVersion: due.planVersion,
    period: { start: toInstant(due.periodStart), end: toInstant(due.periodEnd) },
    billableDays: due.billableDays,
    periodDays: due.periodDays,
  }
}
