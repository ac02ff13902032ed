import { Decimal, type Period } from '@purser/kernel'
import type { FinalizedInvoice, Invoice, InvoiceLine } from '../domain/invoice.ts'
import type { Party } from '../domain/party.ts'
import { printOrigin } from './line-print.ts'
import { printDate, printPeriod } from './print-date.ts'
import { printAmount, printDecimal, printMoney } from './print-number.ts'

/** One row of the table; `mark` stands out, `details` are printed small below. */
export type DocumentRow = {
  description: string
  mark: string
  details: readonly string[]
  period: string
  quantity: string
  unitPrice: string
  amount: string
}

/** Everything that is printed, as plain texts in English: it crosses to the thread that draws. */
export type InvoiceDocument = {
  title: string
  number: string
  seller: Party
  buyer: Party
  facts: readonly { label: string; text: string }[]
  currency: string
  rows: readonly DocumentRow[]
  /** Whether the rows have periods; otherwise the description is as much wider. */
  hasPeriods: boolean
  sums: readonly { label: string; text: string }[]
  total: { label: string; text: string }
  notes: readonly string[]
  /** When it was finalized, in milliseconds since 1970: the creation date of the file. */
  createdMs: number
}

/** Who sells to whom, and the time zone in which days are printed. */
export type Parties = { seller: Party; buyer: Party; timeZone: string }

/** The printed form of an invoice. The same invoice and parties give the same document. */
export function invoiceDocument(
  invoice: FinalizedInvoice<Invoice>,
  { seller, buyer, timeZone }: Parties,
): InvoiceDocument {
  const { currency, finalization, totalMinor } = invoice
  const days = (period: Period) => printPeriod(period, timeZone)
  const isCredit = totalMinor < 0n
  return {
    title: isCredit ? 'Credit' : 'Invoice',
    number: finalization.number,
    seller,
    buyer,
    facts: [
      { label: isCredit ? 'Number' : 'Invoice number', text: finalization.number },
      { label: 'Date', text: printDate(finalization.finalizedAt, timeZone) },
      { label: 'Billing period', text: days(invoice.period) },
      { label: 'Plan', text: invoice.planName || invoice.planKey },
    ].filter(({ text }) => text !== ''),
    currency,
    rows: invoice.lines.map((line) => toRow(line, currency, days)),
    hasPeriods: true,
    sums: [
      { label: 'Subtotal', text: printAmount({ amountMinor: invoice.subtotalMinor, currency }) },
      { label: 'Tax', text: printAmount({ amountMinor: invoice.taxMinor, currency }) },
    ],
    total: {
      label: isCredit ? 'In your favor' : 'Total due',
      text: printMoney({ amountMinor: isCredit ? -totalMinor : totalMinor, currency }),
    },
    notes: notesOf(invoice),
    createdMs: finalization.finalizedAt.epochMilliseconds,
  }
}

function toRow(line: InvoiceLine, currency: string, days: (period: Period) => string): DocumentRow {
  return {
    description: line.description,
    mark: line.kind === 'adjustment' ? 'Adjustment of an earlier period' : '',
    period: days(line.period),
    quantity: printDecimal(Decimal.parse(line.quantity)),
    amount: printAmount({ amountMinor: line.amountMinor, currency }),
    ...printOrigin(line, currency),
  }
}

/** Longest text of the policy, in UTF-16 units: what fits at the foot of a page. */
const MAX_POLICY_LENGTH = 400

/** How amounts came about, so that a reader can check them years later. */
function notesOf({ policy, invoiceId, contentHash }: Invoice): string[] {
  const content = `content ${contentHash.slice(0, 16)}`
  return [
    printPolicy(policy),
    `Verify: every line derives again from its usage events. Invoice ${invoiceId}, ${content}.`,
  ].filter((text) => text !== '')
}

function printPolicy({ name = '', rounding = '', ...choices }: Invoice['policy']): string {
  const others = Object.keys(choices)
    .sort()
    .map((key) => `${key} ${choices[key]}`.replaceAll('_', ' '))
  const sentences = [
    rounding && `Each line is rounded ${rounding.replaceAll('_', ' ')}.`,
    name && `Rating policy ${[name, others.join(', ')].filter((text) => text !== '').join(': ')}.`,
  ]
  const text = sentences.filter((sentence) => sentence !== '').join(' ')
  return text.length > MAX_POLICY_LENGTH ? `${text.slice(0, MAX_POLICY_LENGTH)}…` : text
}
