import { assert } from '@purser/kernel'
import type { InvoiceHeader, InvoiceKind } from '../domain/invoice.ts'

/** Columns of an invoice, in the order in which every statement names them. */
export const INVOICE_COLUMNS = `
  invoice_id, kind, account_id, subscription_id, period_start, period_end, currency,
  subtotal_minor, tax_minor, total_minor, policy, plan_key, plan_version, plan_name, run_id,
  content_hash, created_at, number, number_sequence, finalized_at`

/** An invoice as the driver answers it. */
export type InvoiceRow = {
  invoice_id: string
  kind: InvoiceKind
  account_id: string
  subscription_id: string
  period_start: Temporal.Instant
  period_end: Temporal.Instant
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
}

/** The stored invoice without its lines. */
export function fromRowInvoice(row: InvoiceRow): InvoiceHeader {
  return {
    invoiceId: row.invoice_id,
    kind: row.kind,
    accountId: row.account_id,
    subscriptionId: row.subscription_id,
    period: { start: row.period_start, end: row.period_end },
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

function fromRowFinalization(row: InvoiceRow): InvoiceHeader['finalization'] {
  if (row.number === null) return undefined
  assert(row.number_sequence !== null && row.finalized_at !== null, 'a number has place and time')
  return { number: row.number, sequence: row.number_sequence, finalizedAt: row.finalized_at }
}
