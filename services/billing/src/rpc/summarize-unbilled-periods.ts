import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type SummarizeUnbilledPeriodsRequest,
  type SummarizeUnbilledPeriodsResponse,
  SummarizeUnbilledPeriodsResponseSchema,
} from '@purser/contracts/billing/v1/billing'
import { onceEach } from '@purser/kernel'
import { asService } from '@purser/rpc'
import type { BillingContext } from '../context.ts'
import { type EndedMonth, endedMonths, monthOf, windowOf } from '../domain/ended-months.ts'
import { readDuePeriods, subscriptionsAtOnce } from '../run/due-periods.ts'
import { countUnbilledPeriods, type UnbilledCount } from '../store/unbilled-period.ts'
import { tenantTimeZone } from './tenant-time-zone.ts'

/**
 * Counts the periods that runs would bill now, by month. Holds those of a page of subscriptions, however many there
 * are. Throws `billing.period_not_ended` and `request.invalid`.
 */
export function summarizeUnbilledPeriods(ctx: BillingContext) {
  return async (
    { tenant, fromPeriod }: SummarizeUnbilledPeriodsRequest,
    call: HandlerContext,
  ): Promise<SummarizeUnbilledPeriodsResponse> => {
    const timeZone = await tenantTimeZone(ctx, tenant, call)
    const now = ctx.clock.now({ tenantId: tenant })
    const months = endedMonths(fromPeriod || undefined, timeZone, now)
    const counts = months.map(({ period }) => ({
      period,
      subscriptionCount: 0n,
      periodCount: 0n,
      failedCount: 0n,
    }))
    for await (const page of countPages(ctx, { tenant, months }, call)) {
      for (const { month, subscriptionCount, periodCount, failedCount } of page) {
        const count = counts[month]
        if (count === undefined) continue
        // No subscription is on two pages.
        count.subscriptionCount += subscriptionCount
        count.periodCount += periodCount
        count.failedCount += failedCount
      }
    }
    return create(SummarizeUnbilledPeriodsResponseSchema, {
      months: counts.filter(({ periodCount }) => periodCount > 0n),
      fromPeriod: counts[0]?.period ?? '',
      untilPeriod: counts.at(-1)?.period ?? '',
    })
  }
}

async function* countPages(
  ctx: BillingContext,
  { tenant, months }: { tenant: string; months: readonly EndedMonth[] },
  call: HandlerContext,
): AsyncGenerator<UnbilledCount[]> {
  const window = windowOf(months)
  const pageSize = subscriptionsAtOnce(months.length)
  let pageToken = ''
  do {
    const options = asService('billing', tenant, { context: call })
    const question = { tenant, window, pageSize, pageToken }
    const { items, next } = await readDuePeriods(ctx, question, options)
    const monthOfEnd = onceEach((end: Temporal.Instant) => monthOf(months, end))
    const monthOfEach = items.map(({ period }) => monthOfEnd(period.end))
    yield await ctx.db.tx(tenant, (tx) => countUnbilledPeriods(tx, tenant, items, monthOfEach), {
      readOnly: true,
    })
    pageToken = next
  } while (pageToken !== '')
}
