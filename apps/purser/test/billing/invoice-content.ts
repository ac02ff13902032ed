import {
  type Invoice,
  InvoiceKind,
  type InvoiceLine,
  LineKind,
} from '@purser/contracts/invoicing/v1/invoicing'
import { fromProtoTimestamp } from '@purser/rpc'
import type { Timestamp } from '@bufbuild/protobuf/wkt'
import type { Shop } from './shop.ts'

/** What an invoice says, without ids, numbers, watermarks and times of issue. */
function invoiceContent(invoice: Invoice) {
  return {
    account: invoice.accountId,
    kind: InvoiceKind[invoice.kind],
    start: instantText(invoice.periodStart),
    end: instantText(invoice.periodEnd),
    total: `${invoice.total?.amountCents} ${invoice.total?.currency}`,
    policy: invoice.policy,
    lines: invoice.lines.map(lineContent),
  }
}

export type InvoiceContent = ReturnType<typeof invoiceContent>

function lineContent(line: InvoiceLine) {
  return {
    kind: LineKind[line.kind],
    price: line.priceKey,
    start: instantText(line.periodStart),
    end: instantText(line.periodEnd),
    quantity: line.quantity,
    exact: line.exactAmount,
    amount: line.amount?.amountCents ?? 0n,
    events: line.eventCount,
    breakdown: line.breakdownJson,
    billedBefore: line.billedBeforeCents,
    days: `${line.billableDays}/${line.periodDays}`,
  }
}

/** What all invoices of a shop say, in an order that does not depend on their numbers. */
export async function contentOf(shop: Shop): Promise<InvoiceContent[]> {
  const contents = (await shop.invoices()).map(invoiceContent)
  const keyOf = ({ account, start, kind }: InvoiceContent) => `${account}/${start}/${kind}`
  return contents.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}

/** Numbers 1 to `count` as they are printed. */
export function numbersUpTo(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `INV-${String(index + 1).padStart(6, '0')}`)
}

/** An instant as RFC 3339, such as `2026-01-01T00:00:00Z`. */
function instantText(timestamp: Timestamp | undefined): string {
  return timestamp === undefined ? '' : fromProtoTimestamp(timestamp).toString()
}
