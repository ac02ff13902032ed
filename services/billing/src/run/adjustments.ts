import type { BilledLine } from '@purser/contracts/invoicing/v1/invoicing'
import { assert } from '@purser/kernel'
import { asService, fromProtoTimestamp, toProtoTimestamp } from '@purser/rpc'
import type { BillingContext } from '../context.ts'
import type { BillingItem } from '../domain/billing-item.ts'
import { adjustmentLine, type BilledCharge, type InvoiceLine } from '../domain/invoice-line.ts'
import type { ChunkTask } from './bill-chunk.ts'
import type { PlanReader } from './plan-reader.ts'
import { readUsage } from './usage-reader.ts'

/** A charge of an earlier period, and the item on whose invoice a correction goes. */
type OpenCharge = { item: BillingItem; charge: BilledCharge }

/**
 * The lines that correct earlier periods of the items for usage that arrived since. What was billed is asked of
 * invoicing, usage as known now of metering; a charge without a new event gets no line.
 */
export async function readAdjustments(
  ctx: BillingContext,
  task: ChunkTask,
  items: readonly BillingItem[],
): Promise<Map<BillingItem, InvoiceLine[]>> {
  const lines = new Map<BillingItem, InvoiceLine[]>()
  if (items.length === 0) return lines
  const { tenant, run, signal } = task
  const { watermark } = run
  assert(watermark !== undefined, 'a planned run has a watermark')
  const charges = await readCharges(ctx, task, items)
  const usageOf = await readUsage(ctx, {
    tenant,
    watermark,
    meterKeys: [...new Set(charges.map(({ charge }) => meterOf(charge)))],
    ranges: charges.map(({ item, charge }) => ({
      accountId: item.accountId,
      period: charge.period,
    })),
    signal,
  })
  for (const [index, { item, charge }] of charges.entries()) {
    const line = adjustmentLine(charge, usageOf(index, meterOf(charge)), watermark)
    if (line !== undefined) lines.set(item, [...(lines.get(item) ?? []), line])
  }
  return lines
}

async function readCharges(
  ctx: BillingContext,
  { tenant, plans, signal }: ChunkTask,
  items: readonly BillingItem[],
): Promise<OpenCharge[]> {
  const bySubscription = new Map(items.map((item) => [item.subscriptionId, item]))
  const latestStart = items
    .map((item) => item.period.start)
    .reduce((left, right) => (Temporal.Instant.compare(left, right) > 0 ? left : right))
  const { lines } = await ctx.clients.invoicing.listBilledLines(
    {
      tenant,
      subscriptionIds: [...bySubscription.keys()],
      periodEndsUntil: toProtoTimestamp(latestStart),
    },
    asService('billing', tenant, { signal }),
  )
  const charges: OpenCharge[] = []
  for (const group of Map.groupBy(lines, chargeName).values()) {
    const item = bySubscription.get(group[0]?.subscriptionId ?? '')
    const charge = await toCharge(group, plans)
    const isEarlier = item && Temporal.Instant.compare(charge.period.end, item.period.start) <= 0
    if (isEarlier) charges.push({ item, charge })
  }
  return charges
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

function meterOf(charge: BilledCharge): string {
  assert(charge.planPrice.meterKey !== undefined, 'only metered prices are corrected')
  return charge.planPrice.meterKey
}
