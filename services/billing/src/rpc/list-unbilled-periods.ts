import { create, type MessageInitShape } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ListUnbilledPeriodsRequest,
  type ListUnbilledPeriodsResponse,
  ListUnbilledPeriodsResponseSchema,
  type UnbilledPeriodSchema,
} from '@purser/contracts/billing/v1/billing'
import { assert, onceEach, PurserError } from '@purser/kernel'
import {
  asService,
  decodePageToken,
  encodePageToken,
  pageSizeOf,
  timeOfPosition,
  toProtoTimestamp,
} from '@purser/rpc'
import type { BillingContext } from '../context.ts'
import type { BillingItem } from '../domain/billing-item.ts'
import { type EndedMonth, endedMonths, monthOf, windowOf } from '../domain/ended-months.ts'
import { periodToBill } from '../domain/run.ts'
import { readDuePeriods, subscriptionsAtOnce } from '../run/due-periods.ts'
import {
  findUnbilledPeriods,
  type FoundUnbilled,
  type PeriodKey,
} from '../store/unbilled-period.ts'
import { tenantTimeZone } from './tenant-time-zone.ts'

/** A period that waits, and why a run could not bill it. */
type Unbilled = { item: BillingItem; failure: FoundUnbilled['failure'] }

/** Where the page of due periods begins that held the period answered last, and that one. */
type Position = { pageToken: string; after: PeriodKey | undefined }

/**
 * Pages through the periods that a run of their month would bill now, by subscription and time. Throws
 * `billing.period_not_ended` and `request.invalid`.
 */
export function listUnbilledPeriods(ctx: BillingContext) {
  return async (
    req: ListUnbilledPeriodsRequest,
    call: HandlerContext,
  ): Promise<ListUnbilledPeriodsResponse> => {
    const { tenant } = req
    const position = positionOf(req.pageToken)
    const timeZone = await tenantTimeZone(ctx, tenant, call)
    const months = monthsAsked(req, timeZone, ctx.clock.now({ tenantId: tenant }))
    const question = { tenant, months, position, limit: pageSizeOf(req.pageSize) }
    const { found, next } = await findPage(ctx, question, call)
    const toTimestamp = onceEach(toProtoTimestamp)
    return create(ListUnbilledPeriodsResponseSchema, {
      unbilledPeriods: found.map((one) => toProtoUnbilled(one, months, toTimestamp)),
      nextPageToken: next,
    })
  }
}

function monthsAsked(
  { period, fromPeriod }: ListUnbilledPeriodsRequest,
  timeZone: string,
  now: Temporal.Instant,
): EndedMonth[] {
  if (period === '') return endedMonths(fromPeriod || undefined, timeZone, now)
  if (fromPeriod === '') return [periodToBill(period, timeZone, now)]
  throw new PurserError('request.invalid', 'Ask for one month, or from one on.', {
    fields: [{ field: 'from_period', message: 'is not asked together with period' }],
  })
}

type Question = { tenant: string; months: EndedMonth[]; position: Position; limit: number }

/** Looks through due periods, few subscriptions first and then more at once, until a page of unbilled ones is full. */
async function findPage(
  ctx: BillingContext,
  { tenant, months, position, limit }: Question,
  call: HandlerContext,
): Promise<{ found: Unbilled[]; next: string }> {
  const window = windowOf(months)
  const found: Unbilled[] = []
  const { after } = position
  let { pageToken } = position
  for (let pageSize = limit; ; pageSize *= 2) {
    const page = await readDuePeriods(
      ctx,
      {
        tenant,
        window,
        pageToken,
        pageSize: Math.min(pageSize, subscriptionsAtOnce(months.length)),
      },
      asService('billing', tenant, { context: call }),
    )
    // One more than asked for tells whether there is another page.
    const wanted = { limit: limit + 1 - found.length, after }
    found.push(...(await unbilledOf(ctx, tenant, page.items, wanted)))
    const last = found[limit - 1]
    if (last !== undefined && (found.length > limit || page.next !== '')) {
      return { found: found.slice(0, limit), next: tokenOf(pageToken, last.item) }
    }
    if (page.next === '') return { found, next: '' }
    pageToken = page.next
  }
}

async function unbilledOf(
  ctx: BillingContext,
  tenant: string,
  due: readonly BillingItem[],
  wanted: Parameters<typeof findUnbilledPeriods>[3],
): Promise<Unbilled[]> {
  const rows = await ctx.db.tx(tenant, (tx) => findUnbilledPeriods(tx, tenant, due, wanted), {
    readOnly: true,
  })
  return rows.map(({ index, failure }) => {
    const item = due[index]
    assert(item, 'a period that was asked about')
    return { item, failure }
  })
}

function tokenOf(pageToken: string, { subscriptionId, period }: BillingItem): string {
  return encodePageToken([pageToken, subscriptionId, period.start.toString()])
}

function positionOf(token: string): Position {
  const [pageToken = '', subscriptionId = '', start] = decodePageToken(token, 3) ?? []
  if (start === undefined) return { pageToken, after: undefined }
  return { pageToken, after: { subscriptionId, start: timeOfPosition(start) } }
}

function toProtoUnbilled(
  { item, failure }: Unbilled,
  months: readonly EndedMonth[],
  toTimestamp: typeof toProtoTimestamp,
): MessageInitShape<typeof UnbilledPeriodSchema> {
  return {
    period: months[monthOf(months, item.period.end)]?.period ?? '',
    subscriptionId: item.subscriptionId,
    accountId: item.accountId,
    planKey: item.planKey,
    planVersion: item.planVersion,
    periodStart: toTimestamp(item.period.start),
    periodEnd: toTimestamp(item.period.end),
    failureCode: failure?.code ?? '',
    failureMessage: failure?.message ?? '',
  }
}
