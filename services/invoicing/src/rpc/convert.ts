import { create } from '@bufbuild/protobuf'
import {
  type BilledLine as ProtoBilledLine,
  BilledLineSchema,
  InvoiceKind as ProtoInvoiceKind,
  InvoiceLineSchema,
  InvoiceSchema,
  InvoiceStatus as ProtoInvoiceStatus,
  LineKind as ProtoLineKind,
  type Invoice as ProtoInvoice,
  type InvoiceLine as ProtoInvoiceLine,
} from '@purser/contracts/invoicing/v1/invoicing'
import { toProtoTimestamp } from '@purser/rpc'
import {
  type AnyHeader,
  type AnyKind,
  type InvoiceHeader,
  type InvoiceKind,
  type InvoiceLine,
  type InvoiceStatus,
  isFinalized,
  isSale,
  type LineKind,
} from '../domain/invoice.ts'
import type { BilledLine } from '../store/billed-line.ts'
import { toProtoSale } from './convert-sale.ts'

/** Undefined for a kind that is left out. */
export const invoiceKinds = {
  [ProtoInvoiceKind.UNSPECIFIED]: undefined,
  [ProtoInvoiceKind.PERIOD]: 'period',
  [ProtoInvoiceKind.ADJUSTMENT]: 'adjustment',
  [ProtoInvoiceKind.ORDER]: 'order',
  [ProtoInvoiceKind.CREDIT]: 'credit',
} as const satisfies Record<ProtoInvoiceKind, AnyKind | undefined>

/** Kinds of lines of bills; undefined for a kind that is left out, and for those of orders. */
export const lineKinds = {
  [ProtoLineKind.UNSPECIFIED]: undefined,
  [ProtoLineKind.RECURRING]: 'recurring',
  [ProtoLineKind.USAGE]: 'usage',
  [ProtoLineKind.ADJUSTMENT]: 'adjustment',
  [ProtoLineKind.GOODS]: undefined,
  [ProtoLineKind.PLAN]: undefined,
  [ProtoLineKind.SHIPPING]: undefined,
} as const satisfies Record<ProtoLineKind, LineKind | undefined>

const statuses = {
  [ProtoInvoiceStatus.UNSPECIFIED]: undefined,
  [ProtoInvoiceStatus.DRAFT]: 'draft',
  [ProtoInvoiceStatus.FINALIZED]: 'finalized',
} as const satisfies Record<ProtoInvoiceStatus, InvoiceStatus | undefined>

const protoInvoiceKinds = {
  period: ProtoInvoiceKind.PERIOD,
  adjustment: ProtoInvoiceKind.ADJUSTMENT,
} as const satisfies Record<InvoiceKind, ProtoInvoiceKind>

const protoLineKinds = {
  recurring: ProtoLineKind.RECURRING,
  usage: ProtoLineKind.USAGE,
  adjustment: ProtoLineKind.ADJUSTMENT,
} as const satisfies Record<LineKind, ProtoLineKind>

/** The state that a list is narrowed to; undefined for all. */
export function fromProtoStatus(status: ProtoInvoiceStatus): InvoiceStatus | undefined {
  return statuses[status]
}

/** An invoice as it is answered; without lines in lists. */
export function toProtoInvoice(invoice: AnyHeader): ProtoInvoice {
  return isSale(invoice) ? toProtoSale(invoice) : toProtoBill(invoice)
}

function toProtoBill(invoice: InvoiceHeader & { lines?: readonly InvoiceLine[] }): ProtoInvoice {
  const { currency, finalization, lines = [] } = invoice
  return create(InvoiceSchema, {
    invoiceId: invoice.invoiceId,
    number: finalization?.number ?? '',
    status: isFinalized(invoice) ? ProtoInvoiceStatus.FINALIZED : ProtoInvoiceStatus.DRAFT,
    kind: protoInvoiceKinds[invoice.kind],
    accountId: invoice.accountId,
    subscriptionId: invoice.subscriptionId,
    periodStart: toProtoTimestamp(invoice.period.start),
    periodEnd: toProtoTimestamp(invoice.period.end),
    lines: lines.map((line) => toProtoLine(line, currency)),
    subtotal: { amountCents: invoice.subtotalMinor, currency },
    tax: { amountCents: invoice.taxMinor, currency },
    total: { amountCents: invoice.totalMinor, currency },
    policy: { ...invoice.policy },
    planKey: invoice.planKey,
    planVersion: invoice.planVersion,
    planName: invoice.planName,
    runId: invoice.runId ?? '',
    currency,
    createTime: toProtoTimestamp(invoice.createdAt),
    ...(finalization ? { finalizeTime: toProtoTimestamp(finalization.finalizedAt) } : {}),
  })
}

/** A line as it is answered. */
function toProtoLine(line: InvoiceLine, currency: string): ProtoInvoiceLine {
  return create(InvoiceLineSchema, {
    lineNumber: line.lineNumber,
    kind: protoLineKinds[line.kind],
    description: line.description,
    priceKey: line.priceKey,
    meterKey: line.meterKey ?? '',
    quantity: line.quantity,
    exactAmount: line.exactAmount,
    amount: { amountCents: line.amountMinor, currency },
    periodStart: toProtoTimestamp(line.period.start),
    periodEnd: toProtoTimestamp(line.period.end),
    watermark: line.watermark,
    eventCount: line.eventCount,
    priceJson: line.priceJson,
    breakdownJson: line.breakdownJson,
    billedBeforeCents: line.billedBeforeMinor,
    billableDays: line.billableDays,
    periodDays: line.periodDays,
  })
}

/** A billed line with what it belongs to. */
export function toProtoBilledLine(billed: BilledLine): ProtoBilledLine {
  return create(BilledLineSchema, {
    subscriptionId: billed.subscriptionId,
    accountId: billed.accountId,
    planKey: billed.planKey,
    planVersion: billed.planVersion,
    currency: billed.currency,
    line: toProtoLine(billed.line, billed.currency),
    invoiceKind: protoInvoiceKinds[billed.invoiceKind],
    invoicePeriodStart: toProtoTimestamp(billed.invoicePeriodStart),
  })
}
