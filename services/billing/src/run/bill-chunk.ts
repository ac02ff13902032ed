import { assert, isPurserError } from '@purser/kernel'
import type { BillingContext } from '../context.ts'
import type { BilledItem, BillingItem, FailedItem } from '../domain/billing-item.ts'
import { checkAmounts } from '../domain/check-amounts.ts'
import { periodLines } from '../domain/invoice-line.ts'
import type { PricedPlan } from '../domain/priced-plan.ts'
import { findLateAccounts } from '../store/late-account.ts'
import { readAdjustments } from './adjustments.ts'
import { hasInvoice, issueInvoices, type RatedItem } from './issue-invoices.ts'
import type { ChunkTask } from './run-task.ts'
import { readUsage } from './usage-reader.ts'

/**
 * Rates the items of a chunk and issues their invoices. An item that cannot be rated, or whose invoice is refused, spoils
 * no other.
 */
export async function billChunk(
  ctx: BillingContext,
  task: ChunkTask,
): Promise<{ billed: BilledItem[]; failed: FailedItem[]; watermark: bigint }> {
  const { tenant, run, items, signal } = task
  const { watermark } = run
  assert(watermark !== undefined, 'a planned run has a watermark')
  const { known, failed } = await readPlans(ctx, task)
  const meterKeys = new Set([...known.values()].flatMap(metersOf))
  const usageOf = await readUsage(ctx, {
    tenant,
    watermark,
    meterKeys: [...meterKeys],
    ranges: items.map(({ accountId, period }) => ({ accountId, period })),
    signal,
  })
  const rateable = items.filter((item) => known.has(planName(item)))
  const adjustments = await readAdjustments(ctx, task, await lateItems(task, rateable))
  const rated: RatedItem[] = []
  for (const [index, item] of items.entries()) {
    const plan = known.get(planName(item))
    if (plan === undefined) continue
    try {
      const own =
        item.kind === 'period'
          ? periodLines(item, plan, (meterKey) => usageOf(index, meterKey), watermark)
          : []
      const lines = [...own, ...(adjustments.get(item) ?? [])]
      checkAmounts(lines)
      rated.push({ item, plan, lines })
    } catch (error) {
      failed.push(toFailedItem(ctx, item, error))
    }
  }
  const refused = await issueInvoices(ctx, task, rated)
  for (const [item, error] of refused) failed.push(toFailedItem(ctx, item, error))
  const billed = rated.filter(({ item }) => !refused.has(item)).map(toBilledItem)
  return { billed, failed, watermark }
}

async function readPlans(ctx: BillingContext, { items, plans }: ChunkTask) {
  const known = new Map<string, PricedPlan>()
  const failed: FailedItem[] = []
  for (const [name, [first, ...others]] of Map.groupBy(items, planName)) {
    assert(first, 'a group is not empty')
    try {
      known.set(name, await plans.read(first.planKey, first.planVersion))
    } catch (error) {
      if (!isPurserError(error) || error.kind === 'unavailable') throw error
      failed.push(...[first, ...others].map((item) => toFailedItem(ctx, item, error)))
    }
  }
  return { known, failed }
}

async function lateItems(
  { tenant, run, tx }: ChunkTask,
  items: readonly BillingItem[],
): Promise<BillingItem[]> {
  const accountIds = items.map((item) => item.accountId)
  const late = await findLateAccounts(tx, tenant, run.runId, accountIds)
  return late.size === 0 ? [] : items.filter((item) => late.has(item.accountId))
}

function toBilledItem({ item, plan, lines }: RatedItem): BilledItem {
  return {
    item,
    hasInvoice: hasInvoice({ item, lines }),
    currency: plan.currency,
    amountMinor: lines.reduce((sum, line) => sum + line.amountMinor, 0n),
    eventCount: lines.reduce((sum, line) => sum + line.eventCount, 0n),
    adjustmentCount: lines.filter((line) => line.kind === 'adjustment').length,
  }
}

/** A refusal parks the item with its code; a bug parks it as internal, and the log tells more. */
function toFailedItem(ctx: BillingContext, item: BillingItem, error: unknown): FailedItem {
  if (isPurserError(error)) return { item, code: error.code, message: error.message }
  const { subscriptionId, accountId } = item
  ctx.log.error({ err: error, subscriptionId, accountId }, 'an item could not be rated')
  return { item, code: 'platform.internal', message: 'the item could not be rated; see the log' }
}

function planName(item: BillingItem): string {
  return `${item.planKey}@${item.planVersion}`
}

function metersOf(plan: PricedPlan): string[] {
  return plan.prices.flatMap((price) => (price.meterKey === undefined ? [] : [price.meterKey]))
}
