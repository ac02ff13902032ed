import type { BilledLine } from '@purser/contracts/invoicing/v1/invoicing'
import { assert } from '@purser/kernel'
import { asService, fromProtoTimestamp, toProtoTimestamp } from '@purser/rpc'
import type { BillingContext } from '../context.ts'
import type { BillingItem } from '../domain/billing-item.ts'
import { adjustmentLine, type BilledCharge, type InvoiceLine } from '../domain/invoice-line.ts'
import { isOnInvoiceOf, issuedAdjustments } from '../rpc/convert-invoice.ts'
import { lockAdjustments } from '../store/adjustment-lock.ts'
import type { ChunkTask } from './run-task.ts'
import type { PlanReader } from './plan-reader.ts'
import { readUsage } from './usage-reader.ts'

/** A charge of an earlier period, and the item on whose invoice a correction goes. */
type OpenCharge = { item: BillingItem; charge: BilledCharge }

/** What invoicing knows of the items: corrections on invoices that exist, and charges that may need one. */
type BilledBefore = { issued: Map<BillingItem, InvoiceLine[]>; charges: OpenCharge[] }

/**
 * The lines that correct earlier periods of the items for usage that arrived since. What was billed is asked of
 * invoicing, usage as known now of metering; a charge without a new event gets no line. An item whose invoice
 * exists, since a process died after issuing it, keeps the corrections that stand on it. Nobody else
 * corrects these subscriptions until the transaction ends.
 */
export async function readAdjustments(
  ctx: BillingContext,
  task: ChunkTask,
  items: readonly BillingItem[],
): Promise<Map<BillingItem, InvoiceLine[]>> {
  if (items.length === 0) return new Map()
  const { tenant, run, signal, tx } = task
  const { watermark } = run
  assert(watermark !== undefined, 'a planned run has a watermark')
  const subscriptionIds = [...new Set(items.map((item) => item.subscriptionId))]
  await lockAdjustments(tx, tenant, subscriptionIds)
  const { issued: lines, charges } = await readBilledBefore(ctx, task, items)
  // Prices of one period share a range.
  const byRange = [...Map.groupBy(charges, rangeName).values()]
  const usageOf = await readUsage(ctx, {
    tenant,
    watermark,
    meterKeys: [...new Set(charges.map(({ charge }) => meterOf(charge)))],
    ranges: byRange.flatMap(([first]) =>
      first ? [{ accountId: first.item.accountId, period: first.charge.period }] : [],
    ),
    signal,
  })
  for (const [index, group] of byRange.entries()) {
    for (const { item, charge } of group) {
      const line = adjustmentLine(charge, usageOf(index, meterOf(charge)), watermark)
      if (line !== undefined) lines.set(item, [...(lines.get(item) ?? []), line])
    }
  }
  return lines
}

async function readBilledBefore(
  ctx: BillingContext,
  { tenant, plans, signal }: ChunkTask,
  items: readonly BillingItem[],
): Promise<BilledBefore> {
  const bySubscription = Map.groupBy(items, (item) => item.subscriptionId)
  const latestEnd = items
    .map((item) => item.period.end)
    .reduce((left, right) => (Temporal.Instant.compare(left, right) > 0 ? left : right))
  const answer = await ctx.clients.invoicing.listBilledLines(
    {
      tenant,
      subscriptionIds: [...bySubscription.keys()],
      // Up to the end of the items' own periods: their lines tell that an invoice exists.
      periodEndsUntil: toProtoTimestamp(latestEnd),
    },
    asService('billing', tenant, { signal }),
  )
  const linesOf = Map.groupBy(answer.lines, (line) => line.subscriptionId)
  const issued = new Map<BillingItem, InvoiceLine[]>()
  const charges: OpenCharge[] = []
  for (const [subscriptionId, ofSubscription] of bySubscription) {
    const lines = linesOf.get(subscriptionId) ?? []
    const open = ofSubscription.filter((item) => {
      const own = lines.filter((line) => isOnInvoiceOf(item, line))
      if (own.length > 0) issued.set(item, issuedAdjustments(own))
      return own.length === 0
    })
    const [item] = open.toSorted((a, b) => Temporal.Instant.compare(a.period.start, b.period.start))
    if (item === undefined) continue
    for (const group of Map.groupBy(lines, chargeName).values()) {
      const charge = await toCharge(group, plans)
      const isEarlier = Temporal.Instant.compare(charge.period.end, item.period.start) <= 0
      if (isEarlier) charges.push({ item, charge })
    }
  }
  return { issued, charges }
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

function chargeName({ subscriptionId, line }: BilledLine): string {
  return `${subscriptionId}/${line?.priceKey}/${line?.periodStart?.seconds}`
}

function rangeName({ item, charge }: OpenCharge): string {
  return `${item.accountId}/${charge.period.start}/${charge.period.end}`
}

function meterOf(charge: BilledCharge): string {
  assert(charge.planPrice.meterKey !== undefined, 'only metered prices are corrected')
  return charge.planPrice.meterKey
}
