import { allocate, assert } from '@purser/kernel'
import { netOf, type Refund, type Sale, type SaleContent, type SaleLine, sumsOf } from './sale.ts'
import type { Tax } from './tax.ts'

/** What of a line is not credited yet, without taxes and of each tax, in minor units. */
type Remainder = { line: SaleLine; netMinor: bigint; taxesMinor: bigint[] }

/**
 * The credit note for a refund of an order: its amount is split over what is not credited yet of the lines it is
 * for, and over the others only as far as it exceeds them; of each line over price and taxes alike. Always in
 * proportion, by largest remainders, so that no part is ever credited twice and the last refund takes exactly what
 * is left. Undefined when it exceeds what is left.
 */
export function creditNote(
  invoice: Sale,
  creditedBefore: readonly SaleLine[],
  refund: Refund,
): SaleContent | undefined {
  const remainders = invoice.lines.map((line) => remainderOf(line, invoice, creditedBefore))
  const isMeant = ({ line }: Remainder) => refund.lineNumbers.includes(line.lineNumber)
  const first = remainders.filter(isMeant)
  const others = remainders.filter((each) => !isMeant(each))
  const fromFirst = min(refund.amountMinor, leftOf(first))
  const fromOthers = refund.amountMinor - fromFirst
  if (fromOthers > leftOf(others)) return undefined
  const shares = [...split(first, fromFirst), ...split(others, fromOthers)]
  const lines = shares
    .filter((share) => leftOf([share]) > 0n)
    .sort((a, b) => a.line.lineNumber - b.line.lineNumber)
    .map((share, index) => creditLine(share, index + 1, invoice.taxIncluded))
  const { accountId, orderId, paymentId, currency, taxIncluded, invoiceId, policy } = invoice
  return {
    kind: 'credit',
    accountId,
    orderId,
    paymentId,
    refundId: refund.refundId,
    creditedInvoiceId: invoiceId,
    reason: refund.reason,
    currency,
    taxIncluded,
    ...sumsOf(lines, taxIncluded),
    policy,
    lines,
  }
}

function remainderOf(
  line: SaleLine,
  { taxIncluded }: Sale,
  creditedBefore: readonly SaleLine[],
): Remainder {
  const credits = creditedBefore.filter(
    ({ creditedLineNumber }) => creditedLineNumber === line.lineNumber,
  )
  const net = credits.reduce((sum, credit) => sum + netOf(credit, taxIncluded), 0n)
  return {
    line,
    netMinor: netOf(line, taxIncluded) + net,
    taxesMinor: line.taxes.map(({ taxMinor }, index) =>
      credits.reduce((sum, { taxes }) => sum + (taxes[index]?.taxMinor ?? 0n), taxMinor),
    ),
  }
}

const partsOf = ({ netMinor, taxesMinor }: Remainder): bigint[] => [netMinor, ...taxesMinor]

function leftOf(remainders: readonly Remainder[]): bigint {
  return remainders.flatMap(partsOf).reduce((sum, part) => sum + part, 0n)
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b)

/** The amount over all parts of all remainders, in their proportion. */
function split(remainders: readonly Remainder[], amountMinor: bigint): Remainder[] {
  if (amountMinor === 0n) return []
  const shares = allocate(amountMinor, remainders.flatMap(partsOf))
  let position = 0
  return remainders.map(({ line, taxesMinor }) => {
    const [netMinor, ...taxes] = shares.slice(position, position + 1 + taxesMinor.length)
    position += 1 + taxesMinor.length
    assert(netMinor !== undefined, 'there is a share for each part')
    return { line, netMinor, taxesMinor: taxes }
  })
}

function creditLine(
  { line, netMinor, taxesMinor }: Remainder,
  lineNumber: number,
  taxIncluded: boolean,
): SaleLine {
  const taxes: Tax[] = line.taxes.map((tax, index) => {
    return { ...tax, taxableMinor: -netMinor, taxMinor: -(taxesMinor[index] ?? 0n) }
  })
  const tax = taxesMinor.reduce((sum, each) => sum + each, 0n)
  const amountMinor = -(taxIncluded ? netMinor + tax : netMinor)
  return {
    ...line,
    lineNumber,
    quantity: 1n,
    unitMinor: amountMinor,
    discountMinor: 0n,
    amountMinor,
    taxes,
    creditedLineNumber: line.lineNumber,
  }
}
