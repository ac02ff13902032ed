import { currencyExponent, Decimal } from '@purser/kernel'
import type { Sale, SaleLine } from '../domain/sale.ts'
import { sumTaxes } from '../domain/tax.ts'
import type { DocumentRow, InvoiceDocument, Parties } from './invoice-document.ts'
import { printDate } from './print-date.ts'
import { printAmount, printDecimal, printMoney } from './print-number.ts'

/** The printed form of an invoice of an order or a credit note. The same sale and parties give the same document. */
export function saleDocument(sale: Sale, { seller, buyer, timeZone }: Parties): InvoiceDocument {
  const { currency, finalization, kind } = sale
  const isCredit = kind === 'credit'
  return {
    title: isCredit ? 'Credit note' : 'Invoice',
    number: finalization.number,
    seller,
    buyer,
    facts: [
      { label: isCredit ? 'Number' : 'Invoice number', text: finalization.number },
      { label: 'Date', text: printDate(finalization.finalizedAt, timeZone) },
      { label: 'Order', text: sale.orderId },
      { label: 'Payment', text: sale.paymentId },
      { label: 'Credits invoice', text: sale.creditedInvoiceId ?? '' },
      { label: 'Reason', text: sale.reason },
    ].filter(({ text }) => text !== ''),
    currency,
    rows: sale.lines.map((line) => toRow(line, currency, timeZone)),
    hasPeriods: false,
    sums: sumsOf(sale),
    total: {
      label: isCredit ? 'Paid back' : 'Total paid',
      text: printMoney({ amountMinor: isCredit ? -sale.totalMinor : sale.totalMinor, currency }),
    },
    notes: notesOf(sale),
    createdMs: finalization.finalizedAt.epochMilliseconds,
  }
}

function toRow(line: SaleLine, currency: string, timeZone: string): DocumentRow {
  const amount = (amountMinor: bigint) => printAmount({ amountMinor, currency })
  const isCredit = line.creditedLineNumber !== undefined
  const details = [
    line.sku === '' ? '' : `SKU ${line.sku}`,
    line.discountMinor === 0n ? '' : `Discount ${amount(-line.discountMinor)}`,
    line.kind === 'plan' ? planText(line, timeZone) : '',
    ...line.taxes.map(({ name, percent, taxMinor }) => {
      return `${name} ${printDecimal(Decimal.parse(percent))} %: ${amount(taxMinor)}`
    }),
  ]
  return {
    description: line.description,
    mark: isCredit ? `Line ${line.creditedLineNumber} of the invoice` : '',
    details: details.filter((text) => text !== ''),
    period: '',
    quantity: isCredit ? '' : line.quantity.toString(),
    unitPrice: isCredit ? '' : amount(line.unitMinor),
    amount: amount(line.amountMinor),
  }
}

function planText({ subscriptionId, startsAt }: SaleLine, timeZone: string): string {
  const since = startsAt === undefined ? '' : ` from ${printDate(startsAt, timeZone)}`
  return `Billed by the invoices of subscription ${subscriptionId}${since}`
}

/** The table of taxes: a row for each rate with what it is applied to. */
function sumsOf(sale: Sale): InvoiceDocument['sums'] {
  const { currency, taxIncluded } = sale
  const amount = (amountMinor: bigint) => printAmount({ amountMinor, currency })
  const taxes = sumTaxes(sale.lines.map((line) => line.taxes)).map((tax) => ({
    label:
      `${taxIncluded ? 'Includes ' : ''}${tax.name} ${printDecimal(Decimal.parse(tax.percent))} % ` +
      `on ${amount(tax.taxableMinor)}`,
    text: amount(tax.taxMinor),
  }))
  const none = { label: 'Tax: no rate at the destination', text: amount(0n) }
  return [
    { label: 'Subtotal', text: amount(sale.subtotalMinor) },
    ...(taxes.length === 0 ? [none] : taxes),
  ]
}

function notesOf({ taxIncluded, invoiceId, contentHash, currency }: Sale): string[] {
  const unit = printDecimal(Decimal.fromBigInt(1n, currencyExponent(currency)))
  const how = taxIncluded ? 'included in the prices' : 'added to the prices'
  return [
    `Tax is ${how}, for each line and rate rounded to ${currency} ${unit}, half away from zero.`,
    `Invoice ${invoiceId}, content ${contentHash.slice(0, 16)}.`,
  ]
}
