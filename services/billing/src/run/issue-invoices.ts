import { type ErrorKind, isPurserError, type PurserError } from '@purser/kernel'
import { asService } from '@purser/rpc'
import type { BillingContext } from '../context.ts'
import type { BillingItem } from '../domain/billing-item.ts'
import type { InvoiceLine } from '../domain/invoice-line.ts'
import type { PricedPlan } from '../domain/priced-plan.ts'
import { instantConverter, type ProtoInvoice, toProtoInvoice } from '../rpc/convert-invoice.ts'
import type { ChunkTask } from './run-task.ts'

/** An item with what its invoice says. */
export type RatedItem = { item: BillingItem; plan: PricedPlan; lines: InvoiceLine[] }

/** Why invoicing takes an invoice or not, whoever asks and whenever: all else says nothing of the invoice. */
const refusals: ReadonlySet<ErrorKind> = new Set(['invalid_argument', 'failed_precondition'])

/** Whether the item has an invoice: late usage that came to nothing has none. */
export function hasInvoice({ item, lines }: Pick<RatedItem, 'item' | 'lines'>): boolean {
  return item.kind === 'period' || lines.length > 0
}

/** Issues the invoices of rated items; answers those that invoicing refuses, each with its own refusal. */
export async function issueInvoices(
  ctx: BillingContext,
  task: ChunkTask,
  rated: readonly RatedItem[],
): Promise<Map<BillingItem, PurserError>> {
  const toTimestamp = instantConverter()
  const refused = new Map<BillingItem, PurserError>()
  const issuable = rated.filter(hasInvoice).map((one) => ({
    item: one.item,
    invoice: toProtoInvoice(task.run.runId, one, toTimestamp),
  }))
  await issue(ctx, task, issuable, refused)
  return refused
}

/**
 * A call issues all of its invoices or none. One that is refused is made again in halves, down to the invoices
 * that are refused by themselves; their neighbours are issued in the same order.
 */
async function issue(
  ctx: BillingContext,
  task: ChunkTask,
  issuable: readonly { item: BillingItem; invoice: ProtoInvoice }[],
  refused: Map<BillingItem, PurserError>,
): Promise<void> {
  const [first] = issuable
  if (first === undefined) return
  const { tenant, signal } = task
  try {
    const invoices = issuable.map(({ invoice }) => invoice)
    await ctx.clients.invoicing.issueInvoices(
      { tenant, invoices },
      asService('billing', tenant, { signal }),
    )
  } catch (error) {
    if (!isPurserError(error) || !refusals.has(error.kind)) throw error
    if (issuable.length === 1) {
      refused.set(first.item, error)
      return
    }
    const half = Math.ceil(issuable.length / 2)
    await issue(ctx, task, issuable.slice(0, half), refused)
    await issue(ctx, task, issuable.slice(half), refused)
  }
}
