import { create } from '@bufbuild/protobuf'
import {
  type InvoicedOrder,
  type InvoicedOrderLine,
  InvoicedOrderLineKind,
  InvoicedOrderLineSchema,
  InvoicedOrderSchema,
} from '@purser/contracts/invoicing/v1/order_invoice'
import { toProtoTimestamp } from '@purser/rpc'
import type { Order, OrderLine } from '../domain/order.ts'
import type { OrderToInvoice } from '../store/order-to-invoice.ts'
import { toProtoTax } from './proto-tax.ts'

/** An order as its invoice says it: its lines in their order, delivery last. The buyer is whom the bill goes to. */
export function toProtoInvoicedOrder({ order, begunAt }: OrderToInvoice): InvoicedOrder {
  const { contact, currency } = order
  const { lines: addressLines, ...place } = contact.billingAddress
  const lines = order.lines.map((line) =>
    line.kind === 'plan' ? planLine(line, begunAt) : goodsLine(line, currency),
  )
  return create(InvoicedOrderSchema, {
    orderId: order.orderId,
    userId: order.userId,
    accountId: order.accountId,
    email: contact.email,
    buyerName: contact.recipient,
    buyerAddress: { lines: [...addressLines], ...place },
    paymentId: order.paymentId,
    currency,
    taxIncluded: order.taxIncluded,
    lines: order.shippingTitle === '' ? lines : [...lines, shippingLine(order)],
    totalCents: order.totalMinor,
  })
}

function goodsLine(line: OrderLine, currency: string): InvoicedOrderLine {
  const { title, variantTitle, quantity, unitMinor, paidMinor } = line
  return create(InvoicedOrderLineSchema, {
    kind: InvoicedOrderLineKind.GOODS,
    description: variantTitle === '' ? title : `${title}, ${variantTitle}`,
    sku: line.sku,
    quantity: BigInt(quantity),
    unitPriceCents: unitMinor,
    discountCents: unitMinor * BigInt(quantity) - paidMinor,
    taxCategory: line.taxCategory,
    taxes: line.taxes.map((tax) => toProtoTax(tax, currency)),
  })
}

/** A plan is billed by its subscription's invoices: here it costs nothing, and names them. */
function planLine(
  { title, quantity, subscriptionId }: OrderLine,
  startsAt: Temporal.Instant,
): InvoicedOrderLine {
  return create(InvoicedOrderLineSchema, {
    kind: InvoicedOrderLineKind.PLAN,
    description: title,
    quantity: BigInt(quantity),
    subscriptionId,
    startTime: toProtoTimestamp(startsAt),
  })
}

function shippingLine({
  shippingTitle,
  shippingMinor,
  shippingTaxes,
  currency,
}: Order): InvoicedOrderLine {
  return create(InvoicedOrderLineSchema, {
    kind: InvoicedOrderLineKind.SHIPPING,
    description: shippingTitle,
    quantity: 1n,
    unitPriceCents: shippingMinor,
    taxes: shippingTaxes.map((tax) => toProtoTax(tax, currency)),
  })
}
