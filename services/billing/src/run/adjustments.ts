import { assert } from '@purser/kernel'
import type { BillingContext } from '../context.ts'
import type { BillingItem } from '../domain/billing-item.ts'
import { adjustmentLine, type BilledCharge, type InvoiceLine } from '../domain/invoice-line.ts'
import { lockAdjustments } from '../store/adjustment-lock.ts'
import { type OpenCharge, readBilledBefore } from './billed-before.ts'
import type { ChunkTask } from './run-task.ts'
import { readUsage } from './usage-reader.ts'

/** Charges whose usage is asked for together: bounds what is held of a long history. */
const CHARGES_AT_ONCE = 10_000

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
  const lines = new Map<BillingItem, InvoiceLine[]>()
  if (items.length === 0) return lines
  await lockAdjustments(task.tx, task.tenant, [
    ...new Set(items.map((item) => item.subscriptionId)),
  ])
  let charges: OpenCharge[] = []
  for await (const before of readBilledBefore(ctx, task, items)) {
    for (const [item, issued] of before.issued) lines.set(item, issued)
    charges.push(...before.charges)
    if (charges.length < CHARGES_AT_ONCE) continue
    await addCorrections(ctx, task, charges, lines)
    charges = []
  }
  await addCorrections(ctx, task, charges, lines)
  return lines
}

/** Adds a line for each charge that has new events. */
async function addCorrections(
  ctx: BillingContext,
  { tenant, run, signal }: ChunkTask,
  charges: readonly OpenCharge[],
  lines: Map<BillingItem, InvoiceLine[]>,
): Promise<void> {
  const { watermark } = run
  assert(watermark !== undefined, 'a planned run has a watermark')
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
}

function rangeName({ item, charge }: OpenCharge): string {
  return `${item.accountId}/${charge.period.start}/${charge.period.end}`
}

function meterOf(charge: BilledCharge): string {
  assert(charge.planPrice.meterKey !== undefined, 'only metered prices are corrected')
  return charge.planPrice.meterKey
}
