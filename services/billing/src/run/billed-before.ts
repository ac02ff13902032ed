import type { BilledLine } from '@purser/contracts/invoicing/v1/invoicing'
import { assert, compareText } from '@purser/kernel'
import { asService, fromProtoTimestamp, toProtoTimestamp } from '@purser/rpc'
import type { BillingContext } from '../context.ts'
import type { BillingItem } from '../domain/billing-item.ts'
import type { BilledCharge, InvoiceLine } from '../domain/invoice-line.ts'
import { isOnInvoiceOf, issuedAdjustments } from '../rpc/convert-invoice.ts'
import type { ChunkTask } from './run-task.ts'
import type { PlanReader } from './plan-reader.ts'

/** A charge of an earlier period, and the item on whose invoice a correction goes. */
export type OpenCharge = { item: BillingItem; charge: BilledCharge }

/**
 * What invoicing knows of a subscription: the corrections on invoices of its items that exist, and charges that
 * may need one.
 */
export type BilledBefore = { issued: Map<BillingItem, InvoiceLine[]>; charges: OpenCharge[] }

/**
 * Asks invoicing what was billed for the subscriptions of the items, one after the other; those of which nothing
 * was are left out. Holds a page of lines and those of one subscription, however many there are.
 */
export async function* readBilledBefore(
  ctx: BillingContext,
  task: ChunkTask,
  items: readonly BillingItem[],
): AsyncGenerator<BilledBefore> {
  const bySubscription = Map.groupBy(items, (item) => item.subscriptionId)
  const sort = (lines: readonly BilledLine[]) =>
    sortLines(bySubscription.get(lines[0]?.subscriptionId ?? '') ?? [], lines, task.plans)
  let lines: BilledLine[] = []
  for await (const page of billedLines(ctx, task, items)) {
    for (const line of page) {
      if (lines[0] !== undefined && lines[0].subscriptionId !== line.subscriptionId) {
        yield await sort(lines)
        lines = []
      }
      lines.push(line)
    }
  }
  if (lines.length > 0) yield await sort(lines)
}

/** Every line for usage of the items' subscriptions, a page at a time; those of one subscription stand together. */
async function* billedLines(
  ctx: BillingContext,
  { tenant, signal }: ChunkTask,
  items: readonly BillingItem[],
): AsyncGenerator<readonly BilledLine[]> {
  const latestEnd = items
    .map((item) => item.period.end)
    .reduce((left, right) => (Temporal.Instant.compare(left, right) > 0 ? left : right))
  const question = {
    tenant,
    subscriptionIds: [...new Set(items.map((item) => item.subscriptionId))],
    // Up to the end of the items' own periods: their lines tell that an invoice exists.
    periodEndsUntil: toProtoTimestamp(latestEnd),
  }
  let pageToken = ''
  do {
    const options = asService('billing', tenant, { signal })
    const page = await ctx.clients.invoicing.listBilledLines({ ...question, pageToken }, options)
    yield page.lines
    pageToken = page.nextPageToken
  } while (pageToken !== '')
}

/** Sorts the lines of one subscription by what they mean for its items. */
async function sortLines(
  items: readonly BillingItem[],
  lines: readonly BilledLine[],
  plans: PlanReader,
): Promise<BilledBefore> {
  const issued = new Map<BillingItem, InvoiceLine[]>()
  const open = items.filter((item) => {
    const own = lines.filter((line) => isOnInvoiceOf(item, line))
    if (own.length > 0) issued.set(item, issuedAdjustments(own))
    return own.length === 0
  })
  const charges: OpenCharge[] = []
  const [item] = open.toSorted((a, b) => Temporal.Instant.compare(a.period.start, b.period.start))
  if (item === undefined) return { issued, charges }
  for (const group of Map.groupBy(lines, chargeName).values()) {
    const charge = await toCharge(group, plans)
    const isEarlier = Temporal.Instant.compare(charge.period.end, item.period.start) <= 0
    if (isEarlier) charges.push({ item, charge })
  }
  return { issued, charges: charges.toSorted(byPeriodAndPrice) }
}

/** The order of corrections on an invoice, whatever the order in which months were billed. */
function byPeriodAndPrice({ charge: left }: OpenCharge, { charge: right }: OpenCharge): number {
  return (
    Temporal.Instant.compare(left.period.start, right.period.start) ||
    compareText(left.planPrice.priceKey, right.planPrice.priceKey)
  )
}

/** Lines of one price and period, from all invoices. */
async function toCharge(lines: readonly BilledLine[], plans: PlanReader): Promise<BilledCharge> {
  const newest = lines.reduce((left, right) =>
    (right.line?.watermark ?? 0n) > (left.line?.watermark ?? 0n) ? right : left,
  )
  const { line } = newest
  assert(line?.periodStart && line.periodEnd, 'a billed line has its period')
  const plan = await plans.read(newest.planKey, newest.planVersion)
  const planPrice = plan.prices.find((price) => price.priceKey === line.priceKey)
  assert(planPrice, 'a version of a plan keeps its prices')
  return {
    planPrice,
    period: {
      start: fromProtoTimestamp(line.periodStart),
      end: fromProtoTimestamp(line.periodEnd),
    },
    currency: newest.currency,
    policy: plan.policy,
    eventCount: line.eventCount,
    billedMinor: lines.reduce((sum, { line: one }) => sum + (one?.amount?.amountCents ?? 0n), 0n),
  }
}

function chargeName({ line }: BilledLine): string {
  return `${line?.priceKey}/${line?.periodStart?.seconds}`
}
