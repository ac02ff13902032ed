import { create } from '@bufbuild/protobuf'
import {
  InvoiceKind,
  InvoiceLineSchema,
  InvoiceSchema,
  InvoiceStatus,
  LineKind,
  type Invoice as ProtoInvoice,
  type InvoiceLine as ProtoLine,
} from '@purser/contracts/invoicing/v1/invoicing'
import { toProtoTimestamp } from '@purser/rpc'
import type { SaleHeader, SaleKind, SaleLine, SaleLineKind } from '../domain/sale.ts'
import { sumTaxes } from '../domain/tax.ts'
import { toProtoTax } from './convert-tax.ts'

const protoKinds = {
  order: InvoiceKind.ORDER,
  credit: InvoiceKind.CREDIT,
} as const satisfies Record<SaleKind, InvoiceKind>

const protoLineKinds = {
  goods: LineKind.GOODS,
  plan: LineKind.PLAN,
  shipping: LineKind.SHIPPING,
} as const satisfies Record<SaleLineKind, LineKind>

/** An invoice of an order or a credit note as it is answered; without lines in lists. */
export function toProtoSale(sale: SaleHeader & { lines?: readonly SaleLine[] }): ProtoInvoice {
  const { currency, finalization, lines = [] } = sale
  const money = (amountCents: bigint) => ({ amountCents, currency })
  return create(InvoiceSchema, {
    invoiceId: sale.invoiceId,
    number: finalization.number,
    status: InvoiceStatus.FINALIZED,
    kind: protoKinds[sale.kind],
    accountId: sale.accountId,
    orderId: sale.orderId,
    paymentId: sale.paymentId,
    refundId: sale.refundId ?? '',
    creditedInvoiceId: sale.creditedInvoiceId ?? '',
    reason: sale.reason,
    currency,
    taxIncluded: sale.taxIncluded,
    lines: lines.map((line) => toProtoLine(line, currency)),
    taxes: sumTaxes(lines.map(({ taxes }) => taxes)).map((tax) => toProtoTax(tax, currency)),
    subtotal: money(sale.subtotalMinor),
    tax: money(sale.taxMinor),
    total: money(sale.totalMinor),
    policy: { ...sale.policy },
    createTime: toProtoTimestamp(sale.createdAt),
    finalizeTime: toProtoTimestamp(finalization.finalizedAt),
  })
}

function toProtoLine(line: SaleLine, currency: string): ProtoLine {
  const money = (amountCents: bigint) => ({ amountCents, currency })
  const { startsAt } = line
  return create(InvoiceLineSchema, {
    lineNumber: line.lineNumber,
    kind: protoLineKinds[line.kind],
    description: line.description,
    sku: line.sku,
    quantity: line.quantity.toString(),
    unitPrice: money(line.unitMinor),
    discount: money(line.discountMinor),
    amount: money(line.amountMinor),
    taxCategory: line.taxCategory,
    taxes: line.taxes.map((tax) => toProtoTax(tax, currency)),
    subscriptionId: line.subscriptionId,
    ...(startsAt && { periodStart: toProtoTimestamp(startsAt) }),
    creditedLineNumber: line.creditedLineNumber ?? 0,
  })
}
