import { create } from '@bufbuild/protobuf'
import {
  type ListSubscriptionsRequest,
  type ListSubscriptionsResponse,
  ListSubscriptionsResponseSchema,
  type Subscription as ProtoSubscription,
} from '@purser/contracts/subscription/v1/subscription'
import { decodePageToken, encodePageToken, pageSizeOf } from '@purser/rpc'
import type { SubscriptionContext } from '../context.ts'
import { type BillingCalendar, calendarAt } from '../domain/billing-calendar.ts'
import type { Subscription } from '../domain/subscription.ts'
import { listAccountSubscriptions, listSubscriptions as listAll } from '../store/subscription.ts'
import { fromProtoStatus, toProtoSubscription } from './convert.ts'

/** Lists subscriptions by id. Throws `request.invalid` for a page token that no list answered. */
export function listSubscriptions(ctx: SubscriptionContext) {
  return async (req: ListSubscriptionsRequest): Promise<ListSubscriptionsResponse> => {
    const { tenant, accountId } = req
    const pageSize = pageSizeOf(req.pageSize)
    const [afterId = ''] = decodePageToken(req.pageToken, 1) ?? []
    // One more than asked for tells whether there is another page.
    const question = { afterId, limit: pageSize + 1, status: fromProtoStatus(req.status) }
    const found = await ctx.db.tx(
      tenant,
      (tx) =>
        accountId === ''
          ? listAll(tx, tenant, question)
          : listAccountSubscriptions(tx, tenant, accountId, question),
      { readOnly: true },
    )
    const page = found.slice(0, pageSize)
    const last = found.length > pageSize ? page.at(-1) : undefined
    return create(ListSubscriptionsResponseSchema, {
      subscriptions: page.map(withCurrentPeriod(ctx, tenant)),
      nextPageToken: last ? encodePageToken([last.subscriptionId]) : '',
    })
  }
}

/** Accounts may live at different times (test clocks): one calendar for each present. */
function withCurrentPeriod(ctx: SubscriptionContext, tenantId: string) {
  const calendars = new Map<bigint, BillingCalendar>()
  return (subscription: Subscription): ProtoSubscription => {
    const now = ctx.clock.now({ tenantId, accountId: subscription.accountId })
    const calendar = calendars.get(now.epochNanoseconds) ?? calendarAt(now)
    calendars.set(now.epochNanoseconds, calendar)
    return toProtoSubscription(subscription, calendar.firstPeriod(subscription))
  }
}
