import {
  type InvoicedOrder as ProtoOrder,
  type InvoicedOrderLine as ProtoLine,
  InvoicedOrderLineKind,
} from '@purser/contracts/invoicing/v1/order_invoice'
import { type FieldViolation, PurserError } from '@purser/kernel'
import { fromProtoTimestamp } from '@purser/rpc'
import { invoiceOf, type SaleContent, type SaleLine, type SaleLineKind } from '../domain/sale.ts'

const kinds = {
  [InvoicedOrderLineKind.UNSPECIFIED]: undefined,
  [InvoicedOrderLineKind.GOODS]: 'goods',
  [InvoicedOrderLineKind.PLAN]: 'plan',
  [InvoicedOrderLineKind.SHIPPING]: 'shipping',
} as const satisfies Record<InvoicedOrderLineKind, SaleLineKind | undefined>

/** What the invoices of orders say, each order once. Throws `request.invalid` for one that does not add up. */
export function parseOrders(orders: readonly ProtoOrder[]): SaleContent[] {
  const fields: FieldViolation[] = []
  const seen = new Set<string>()
  const contents = orders.map((order, index) => {
    const path = `orders[${index}]`
    if (seen.has(order.orderId)) fields.push({ field: path, message: 'repeats another one' })
    seen.add(order.orderId)
    const { orderId, accountId, paymentId, currency, taxIncluded, totalCents } = order
    const lines = order.lines.map(lineOf)
    const content = invoiceOf({ orderId, accountId, paymentId, currency, taxIncluded, lines })
    const { totalMinor } = content
    if (totalMinor !== totalCents) {
      fields.push({
        field: `${path}.total_cents`,
        message: `must be what the lines come to, ${totalMinor}`,
      })
    }
    if (lines.some(({ amountMinor }) => amountMinor < 0n)) {
      fields.push({ field: `${path}.lines`, message: 'must not take off more than they cost' })
    }
    if (order.lines.some(({ taxes }) => taxes.some((tax) => tax.amount?.currency !== currency))) {
      fields.push({ field: `${path}.lines`, message: `must be taxed in ${currency}` })
    }
    return content
  })
  const [first] = fields
  if (first === undefined) return contents
  throw new PurserError('request.invalid', `${first.field} ${first.message}`, { fields })
}

function lineOf(line: ProtoLine, index: number): SaleLine {
  const { startTime } = line
  return {
    lineNumber: index + 1,
    kind: kinds[line.kind] ?? 'goods',
    description: line.description,
    sku: line.sku,
    quantity: line.quantity,
    unitMinor: line.unitPriceCents,
    discountMinor: line.discountCents,
    amountMinor: line.unitPriceCents * line.quantity - line.discountCents,
    taxCategory: line.taxCategory,
    taxes: line.taxes.map(({ name, percent, taxable, amount }) => ({
      name,
      percent,
      taxableMinor: taxable?.amountCents ?? 0n,
      taxMinor: amount?.amountCents ?? 0n,
    })),
    subscriptionId: line.subscriptionId,
    startsAt: startTime && fromProtoTimestamp(startTime),
    creditedLineNumber: undefined,
  }
}
