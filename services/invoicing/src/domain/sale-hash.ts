import { hash } from 'node:crypto'
import { compareText } from '@purser/kernel'
import type { SaleContent, SaleLine } from './sale.ts'

/** Between two fields: no text that can be stored contains it. */
const SEPARATOR = '\0'

/**
 * SHA-256 of what an invoice of an order or a credit note says, in hex, made as `contentHash` of bills is: the name
 * of this form and all fields in the order below, each ended by a NUL character; lists follow their length,
 * instants are RFC 3339 in UTC, what is undefined is empty.
 *
 * Left out: identity, number and times, which say nothing about the sale, and the buyer, whose name and address are
 * kept apart so that they can be forgotten.
 */
export function saleHash(content: SaleContent): string {
  const policy = Object.keys(content.policy).sort(compareText)
  const fields = [
    'sale v1',
    content.kind,
    content.accountId,
    content.orderId,
    content.paymentId,
    content.refundId ?? '',
    content.creditedInvoiceId ?? '',
    content.reason,
    content.currency,
    content.taxIncluded ? 'included' : 'added',
    content.subtotalMinor,
    content.taxMinor,
    content.totalMinor,
    policy.length,
    ...policy.flatMap((key) => [key, content.policy[key] ?? '']),
    content.lines.length,
    ...content.lines.flatMap(fieldsOf),
  ]
  return hash('sha256', fields.join(SEPARATOR) + SEPARATOR)
}

function fieldsOf(line: SaleLine): (string | number | bigint)[] {
  return [
    line.lineNumber,
    line.kind,
    line.description,
    line.sku,
    line.quantity,
    line.unitMinor,
    line.discountMinor,
    line.amountMinor,
    line.taxCategory,
    line.taxes.length,
    ...line.taxes.flatMap(({ name, percent, taxableMinor, taxMinor }) => {
      return [name, percent, taxableMinor, taxMinor]
    }),
    line.subscriptionId,
    line.startsAt?.toString() ?? '',
    line.creditedLineNumber ?? '',
  ]
}
