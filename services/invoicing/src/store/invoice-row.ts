import { assert } from '@purser/kernel'
import type {
  AnyHeader,
  AnyKind,
  Finalization,
  InvoiceHeader,
  InvoiceKind,
} from '../domain/invoice.ts'
import type { SaleHeader, SaleKind } from '../domain/sale.ts'

/** Columns of an invoice, in the order in which every statement names them. */
export const INVOICE_COLUMNS = `
  invoice_id, kind, account_id, subscription_id, period_start, period_end, currency,
  subtotal_minor, tax_minor, total_minor, policy, plan_key, plan_version, plan_name, run_id,
  content_hash, created_at, number, number_sequence, finalized_at, order_id, payment_id, refund_id,
  credited_invoice_id, tax_included, reason`

/** An invoice as the driver answers it. */
export type InvoiceRow = {
  invoice_id: string
  kind: AnyKind
  account_id: string
  subscription_id: string | null
  period_start: Temporal.Instant | null
  period_end: Temporal.Instant | null
  currency: string
  subtotal_minor: bigint
  tax_minor: bigint
  total_minor: bigint
  policy: Record<string, string>
  plan_key: string
  plan_version: number
  plan_name: string
  run_id: string | null
  content_hash: string
  created_at: Temporal.Instant
  number: string | null
  number_sequence: bigint | null
  finalized_at: Temporal.Instant | null
  order_id: string | null
  payment_id: string | null
  refund_id: string | null
  credited_invoice_id: string | null
  tax_included: boolean
  reason: string | null
}

/** The stored invoice without its lines. */
export function fromRowInvoice(row: InvoiceRow): AnyHeader {
  const { kind } = row
  return kind === 'order' || kind === 'credit' ? saleOf(row, kind) : billOf(row, kind)
}

function saleOf(row: InvoiceRow, kind: SaleKind): SaleHeader {
  const finalization = fromRowFinalization(row)
  const { order_id: orderId, payment_id: paymentId, reason } = row
  assert(
    finalization && orderId !== null && paymentId !== null && reason !== null,
    'as checked by the table',
  )
  return {
    invoiceId: row.invoice_id,
    kind,
    accountId: row.account_id,
    orderId,
    paymentId,
    refundId: row.refund_id ?? undefined,
    creditedInvoiceId: row.credited_invoice_id ?? undefined,
    reason,
    currency: row.currency,
    taxIncluded: row.tax_included,
    subtotalMinor: row.subtotal_minor,
    taxMinor: row.tax_minor,
    totalMinor: row.total_minor,
    policy: row.policy,
    contentHash: row.content_hash,
    createdAt: row.created_at,
    finalization,
  }
}

function billOf(row: InvoiceRow, kind: InvoiceKind): InvoiceHeader {
  const { subscription_id: subscriptionId, period_start: start, period_end: end } = row
  assert(subscriptionId !== null && start !== null && end !== null, 'as checked by the table')
  return {
    invoiceId: row.invoice_id,
    kind,
    accountId: row.account_id,
    subscriptionId,
    period: { start, end },
    currency: row.currency,
    subtotalMinor: row.subtotal_minor,
    taxMinor: row.tax_minor,
    totalMinor: row.total_minor,
    policy: row.policy,
    planKey: row.plan_key,
    planVersion: row.plan_version,
    planName: row.plan_name,
    runId: row.run_id ?? undefined,
    contentHash: row.content_hash,
    createdAt: row.created_at,
    finalization: fromRowFinalization(row),
  }
}

function fromRowFinalization(row: InvoiceRow): Finalization | undefined {
  if (row.number === null) return undefined
  assert(row.number_sequence !== null && row.finalized_at !== null, 'a number has place and time')
  return { number: row.number, sequence: row.number_sequence, finalizedAt: row.finalized_at }
}
