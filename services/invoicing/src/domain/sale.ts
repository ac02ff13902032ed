import type { Finalization } from './invoice.ts'
import { TAX_POLICY, type Tax, taxTotal } from './tax.ts'

/** An invoice of an order, or a credit note that takes back from one. */
export type SaleKind = 'order' | 'credit'

/** What a line of an order bills. A plan costs nothing there: its subscription's invoices bill it. */
export type SaleLineKind = 'goods' | 'plan' | 'shipping'

/** A line of an invoice of an order, or of a credit note, whose amounts are zero or below. Minor units. */
export type SaleLine = {
  /** Position, from 1 without gap. */
  lineNumber: number
  kind: SaleLineKind
  description: string
  /** Empty but for goods. */
  sku: string
  quantity: bigint
  unitMinor: bigint
  discountMinor: bigint
  /** Price of all units less the discount; with the taxes when prices include them. */
  amountMinor: bigint
  taxCategory: string
  taxes: readonly Tax[]
  /** Of a plan; empty otherwise. */
  subscriptionId: string
  /** When that subscription begins. */
  startsAt: Temporal.Instant | undefined
  /** Line of the invoice that a credit note takes back from. */
  creditedLineNumber: number | undefined
}

/**
 * What an invoice of an order says above and below its lines. Subtotal = sum of the lines, tax = sum of their
 * taxes, total = subtotal, and tax unless the lines include it.
 */
export type SaleTerms = {
  kind: SaleKind
  /** Empty for a guest. */
  accountId: string
  orderId: string
  /** Empty when there was nothing to pay. */
  paymentId: string
  /** Of a credit note. */
  refundId: string | undefined
  creditedInvoiceId: string | undefined
  /** Why money went back; empty without words. */
  reason: string
  currency: string
  taxIncluded: boolean
  subtotalMinor: bigint
  taxMinor: bigint
  totalMinor: bigint
  /** Named choices of taxing. */
  policy: Readonly<Record<string, string>>
}

/** All that an invoice of an order says: what is frozen and hashed. */
export type SaleContent = SaleTerms & { lines: readonly SaleLine[] }

/** A stored invoice of an order without its lines. It is finalized from the first. */
export type SaleHeader = SaleTerms & {
  invoiceId: string
  /** SHA-256 of its content, in hex. */
  contentHash: string
  createdAt: Temporal.Instant
  finalization: Finalization
}

/** A stored invoice of an order. */
export type Sale = SaleHeader & { lines: readonly SaleLine[] }

/** An order as it is invoiced. */
export type InvoicedOrder = Pick<
  SaleTerms,
  'accountId' | 'orderId' | 'paymentId' | 'currency' | 'taxIncluded'
> & { lines: readonly SaleLine[] }

/** How the taxes of sales are computed, as it is stamped on them. */
const SALE_POLICY = { tax: TAX_POLICY, rounding: 'half_away_from_zero' } as const

/** What the invoice of an order says. */
export function invoiceOf(order: InvoicedOrder): SaleContent {
  const { accountId, orderId, paymentId, currency, taxIncluded, lines } = order
  return {
    kind: 'order',
    accountId,
    orderId,
    paymentId,
    refundId: undefined,
    creditedInvoiceId: undefined,
    reason: '',
    currency,
    taxIncluded,
    ...sumsOf(lines, taxIncluded),
    policy: SALE_POLICY,
    lines,
  }
}

/** Money of an order that went back: `amountMinor` above zero, taken from these lines of its invoice first. */
export type Refund = {
  refundId: string
  amountMinor: bigint
  lineNumbers: readonly number[]
  reason: string
}

/** What lines come to. */
export function sumsOf(
  lines: readonly SaleLine[],
  taxIncluded: boolean,
): Pick<SaleTerms, 'subtotalMinor' | 'taxMinor' | 'totalMinor'> {
  const subtotalMinor = lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)
  const taxMinor = lines.reduce((sum, { taxes }) => sum + taxTotal(taxes), 0n)
  return {
    subtotalMinor,
    taxMinor,
    totalMinor: subtotalMinor + (taxIncluded ? 0n : taxMinor),
  }
}

/** What a line comes to without its taxes, in minor units. */
export function netOf({ amountMinor, taxes }: SaleLine, taxIncluded: boolean): bigint {
  return taxIncluded ? amountMinor - taxTotal(taxes) : amountMinor
}
