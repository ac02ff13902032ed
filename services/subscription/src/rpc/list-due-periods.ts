import { create } from '@bufbuild/protobuf'
import type { Timestamp } from '@bufbuild/protobuf/wkt'
import {
  DuePeriodSchema,
  type ListDuePeriodsRequest,
  type ListDuePeriodsResponse,
  ListDuePeriodsResponseSchema,
} from '@purser/contracts/subscription/v1/subscription'
import { assert, type Period, PurserError } from '@purser/kernel'
import { decodePageToken, encodePageToken, fromProtoTimestamp, toProtoTimestamp } from '@purser/rpc'
import type { SubscriptionContext } from '../context.ts'
import { BillingCalendar } from '../domain/billing-calendar.ts'
import { isBefore } from '../domain/instant.ts'
import { listRunningSubscriptions } from '../store/subscription.ts'

const DEFAULT_PAGE_SIZE = 5_000

/**
 * Pages through the billing periods that end after `ends_after`, up to and including `ends_until`,
 * by subscription and time; `page_size` counts the subscriptions read. Windows that tile the time
 * line find each period exactly once. Throws `request.invalid` for a window that holds no instant.
 */
export function listDuePeriods(ctx: SubscriptionContext) {
  return async (req: ListDuePeriodsRequest): Promise<ListDuePeriodsResponse> => {
    const { tenant } = req
    const window = windowOf(req)
    const pageSize = req.pageSize || DEFAULT_PAGE_SIZE
    const [afterId = ''] = decodePageToken(req.pageToken, 1) ?? []
    const found = await ctx.db.tx(
      tenant,
      (tx) =>
        listRunningSubscriptions(tx, tenant, {
          afterId,
          // One more than asked for tells whether there is another page.
          limit: pageSize + 1,
          after: window.start,
          until: window.end,
        }),
      { readOnly: true },
    )
    const page = found.slice(0, pageSize)
    const last = found.length > pageSize ? page.at(-1) : undefined
    const calendar = new BillingCalendar(window)
    const timestampOf = sharedTimestamps()
    return create(ListDuePeriodsResponseSchema, {
      periods: page.flatMap((subscription) =>
        calendar.duePeriods(subscription).map((period) =>
          create(DuePeriodSchema, {
            subscriptionId: subscription.subscriptionId,
            accountId: subscription.accountId,
            planKey: subscription.planKey,
            planVersion: subscription.planVersion,
            periodStart: timestampOf(period.start),
            periodEnd: timestampOf(period.end),
            billableDays: period.billableDays,
            periodDays: period.periodDays,
          }),
        ),
      ),
      nextPageToken: last ? encodePageToken([last.subscriptionId]) : '',
    })
  }
}

/** Most periods of a page share their bounds, and so their messages. */
function sharedTimestamps(): (instant: Temporal.Instant) => Timestamp {
  const known = new Map<Temporal.Instant, Timestamp>()
  return (instant) => {
    const timestamp = known.get(instant) ?? toProtoTimestamp(instant)
    known.set(instant, timestamp)
    return timestamp
  }
}

function windowOf({ endsAfter, endsUntil }: ListDuePeriodsRequest): Period {
  assert(endsAfter && endsUntil, 'the contract requires both ends')
  const window = { start: fromProtoTimestamp(endsAfter), end: fromProtoTimestamp(endsUntil) }
  if (isBefore(window.start, window.end)) return window
  throw new PurserError('request.invalid', 'The window must end after it begins.', {
    fields: [{ field: 'ends_until', message: 'must be after ends_after' }],
  })
}
