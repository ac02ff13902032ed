import type { Period } from '@purser/kernel'
import type { Sale, SaleHeader, SaleKind } from './sale.ts'

export type InvoiceStatus = 'draft' | 'finalized'

/**
 * Why an invoice of a subscription exists: a billing period, or late usage of a subscription without a
 * further period.
 */
export type InvoiceKind = 'period' | 'adjustment'

/** What a line bills; see the contract's `LineKind`. */
export type LineKind = 'recurring' | 'usage' | 'adjustment'

/**
 * One line and what it was derived from. `quantity` and `exactAmount` (major units) are exact
 * decimals in plain notation without trailing zeros. Amounts are in the invoice's currency.
 */
export type InvoiceLine = {
  /** Position, from 1 without gap. */
  lineNumber: number
  kind: LineKind
  description: string
  priceKey: string
  /** Undefined on a flat price. */
  meterKey: string | undefined
  quantity: string
  exactAmount: string
  amountMinor: bigint
  /** The period that the usage belongs to. */
  period: Period
  /** Last batch of events that counted. */
  watermark: bigint
  eventCount: bigint
  /** The price as it stood and how the amount follows: JSON texts, kept as they came. */
  priceJson: string
  breakdownJson: string
  /** Of an adjustment, what was billed for its price and period before. */
  billedBeforeMinor: bigint
  billableDays: number
  periodDays: number
}

/**
 * What an invoice says above and below its lines. Total = subtotal + tax, subtotal = sum of the
 * lines.
 */
export type InvoiceTerms = {
  kind: InvoiceKind
  accountId: string
  subscriptionId: string
  period: Period
  /** ISO 4217 code of every amount. */
  currency: string
  subtotalMinor: bigint
  taxMinor: bigint
  totalMinor: bigint
  /** Named choices of rating; see the contract. */
  policy: Readonly<Record<string, string>>
  planKey: string
  planVersion: number
  planName: string
}

/** All that an invoice says: what is frozen and hashed. */
export type InvoiceContent = InvoiceTerms & { lines: readonly InvoiceLine[] }

/**
 * What turns a draft into an invoice. `sequence` counts the tenant's numbers from 1 without gap.
 */
export type Finalization = { number: string; sequence: bigint; finalizedAt: Temporal.Instant }

/** How an invoice is kept. */
type InvoiceRecord = {
  invoiceId: string
  /** The run that issued it, if one did. */
  runId: string | undefined
  /** SHA-256 of its content, in hex. */
  contentHash: string
  createdAt: Temporal.Instant
  /** Undefined on a draft. */
  finalization: Finalization | undefined
}

/** A stored invoice without its lines. */
export type InvoiceHeader = InvoiceTerms & InvoiceRecord

/** A stored invoice. */
export type Invoice = InvoiceContent & InvoiceRecord

/** A stored invoice of a subscription or of an order, without its lines. */
export type AnyHeader = InvoiceHeader | SaleHeader

/** A stored invoice of a subscription or of an order. */
export type AnyInvoice = Invoice | Sale

/** Kinds of both. */
export type AnyKind = InvoiceKind | SaleKind

/** An invoice with its number. */
export type FinalizedInvoice<Stored extends AnyHeader> = Stored & { finalization: Finalization }

/** Whether the invoice has its number. */
export function isFinalized<Stored extends AnyHeader>(
  invoice: Stored,
): invoice is FinalizedInvoice<Stored> {
  return invoice.finalization !== undefined
}

/** Whether an invoice is of an order: an invoice or a credit note of the shop. */
export function isSale<Stored extends AnyHeader>(
  invoice: Stored,
): invoice is Extract<Stored, { kind: SaleKind }> {
  return invoice.kind === 'order' || invoice.kind === 'credit'
}
