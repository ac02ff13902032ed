import type { MessageInitShape } from '@bufbuild/protobuf'
import type { InvoiceSchema } from '@purser/contracts/invoicing/v1/invoicing'
import {
  type BilledLine,
  InvoiceKind,
  type InvoiceLine as ProtoLine,
  LineKind,
  type InvoiceLineSchema,
} from '@purser/contracts/invoicing/v1/invoicing'
import { assert, Decimal, onceEach } from '@purser/kernel'
import { fromProtoTimestamp, toProtoTimestamp } from '@purser/rpc'
import { type RatingJson, stampPolicy } from '@purser/rating'
import type { BillingItem } from '../domain/billing-item.ts'
import type { InvoiceLine } from '../domain/invoice-line.ts'
import type { PricedPlan } from '../domain/priced-plan.ts'

/** An invoice to be issued. */
export type ProtoInvoice = MessageInitShape<typeof InvoiceSchema>

const invoiceKinds = {
  period: InvoiceKind.PERIOD,
  adjustment: InvoiceKind.ADJUSTMENT,
} as const satisfies Record<BillingItem['kind'], InvoiceKind>

const lineKinds = {
  recurring: LineKind.RECURRING,
  usage: LineKind.USAGE,
  adjustment: LineKind.ADJUSTMENT,
} as const satisfies Record<InvoiceLine['kind'], LineKind>

/** Converts instants of many invoices: those of a run share a few. */
export type InstantConverter = typeof toProtoTimestamp

export function instantConverter(): InstantConverter {
  return onceEach(toProtoTimestamp)
}

/** The invoice of an item with its lines and totals. No tax yet: the tax rules belong to invoicing. */
export function toProtoInvoice(
  runId: string,
  { item, plan, lines }: { item: BillingItem; plan: PricedPlan; lines: readonly InvoiceLine[] },
  toTimestamp: InstantConverter,
): ProtoInvoice {
  const { currency } = plan
  const subtotal = {
    amountCents: lines.reduce((sum, line) => sum + line.amountMinor, 0n),
    currency,
  }
  return {
    kind: invoiceKinds[item.kind],
    accountId: item.accountId,
    subscriptionId: item.subscriptionId,
    periodStart: toTimestamp(item.period.start),
    periodEnd: toTimestamp(item.period.end),
    lines: lines.map((line, index) => toProtoLine(line, index + 1, currency, toTimestamp)),
    subtotal,
    tax: { amountCents: 0n, currency },
    total: subtotal,
    policy: stampPolicy(plan.policy),
    planKey: plan.planKey,
    planVersion: plan.version,
    planName: plan.name,
    runId,
    currency,
  }
}

/** Whether the line stands on the invoice of the item. */
export function isOnInvoiceOf(item: BillingItem, billed: BilledLine): boolean {
  assert(billed.invoicePeriodStart, 'a billed line names its invoice')
  return (
    billed.subscriptionId === item.subscriptionId &&
    billed.invoiceKind === invoiceKinds[item.kind] &&
    fromProtoTimestamp(billed.invoicePeriodStart).equals(item.period.start)
  )
}

/** The corrections among the lines of an issued invoice, in its order. */
export function issuedAdjustments(lines: readonly BilledLine[]): InvoiceLine[] {
  return lines
    .flatMap(({ line }) => (line?.kind === LineKind.ADJUSTMENT ? [line] : []))
    .toSorted((a, b) => a.lineNumber - b.lineNumber)
    .map(fromProtoAdjustment)
}

function fromProtoAdjustment(line: ProtoLine): InvoiceLine {
  assert(line.periodStart && line.periodEnd && line.amount, 'an issued line is complete')
  return {
    kind: 'adjustment',
    description: line.description,
    priceKey: line.priceKey,
    meterKey: line.meterKey,
    quantity: Decimal.parse(line.quantity),
    exactAmount: Decimal.parse(line.exactAmount),
    amountMinor: line.amount.amountCents,
    period: {
      start: fromProtoTimestamp(line.periodStart),
      end: fromProtoTimestamp(line.periodEnd),
    },
    watermark: line.watermark,
    eventCount: line.eventCount,
    priceJson: line.priceJson,
    // Written by this service from a RatingJson; read back, it is written the same again.
    breakdown: JSON.parse(line.breakdownJson) as RatingJson,
    billedBeforeMinor: line.billedBeforeCents,
    billableDays: line.billableDays,
    periodDays: line.periodDays,
  }
}

function toProtoLine(
  line: InvoiceLine,
  lineNumber: number,
  currency: string,
  toTimestamp: InstantConverter,
): MessageInitShape<typeof InvoiceLineSchema> {
  return {
    lineNumber,
    kind: lineKinds[line.kind],
    description: line.description,
    priceKey: line.priceKey,
    meterKey: line.meterKey ?? '',
    quantity: line.quantity.toString(),
    exactAmount: line.exactAmount.toString(),
    amount: { amountCents: line.amountMinor, currency },
    periodStart: toTimestamp(line.period.start),
    periodEnd: toTimestamp(line.period.end),
    watermark: line.watermark,
    eventCount: line.eventCount,
    priceJson: line.priceJson,
    breakdownJson: JSON.stringify(line.breakdown),
    billedBeforeCents: line.billedBeforeMinor,
    billableDays: line.billableDays,
    periodDays: line.periodDays,
  }
}
