import { publish } from '@purser/events'
import { onceEach } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { FinalizedInvoice, InvoiceHeader } from './domain/invoice.ts'
import type { SaleHeader } from './domain/sale.ts'

/**
 * `invoice.ready`, once for each invoice, when it is finalized: `{ invoice_id, number, kind,
 * account_id, subscription_id, period_start, period_end, total: { amount_cents, currency }, run_id
 * }`. Instants are RFC 3339 texts, `amount_cents` is an integer as text, `run_id` is empty without
 * a run.
 */
export async function publishInvoicesReady(
  tx: Tx,
  tenantId: string,
  invoices: readonly FinalizedInvoice<InvoiceHeader>[],
): Promise<void> {
  const print = onceEach((instant: Temporal.Instant) => instant.toString())
  await publish(
    tx,
    invoices.map((invoice) => ({
      tenantId,
      subject: 'invoice.ready',
      occurredAt: invoice.finalization.finalizedAt,
      payload: {
        invoice_id: invoice.invoiceId,
        number: invoice.finalization.number,
        kind: invoice.kind,
        account_id: invoice.accountId,
        subscription_id: invoice.subscriptionId,
        period_start: print(invoice.period.start),
        period_end: print(invoice.period.end),
        total: { amount_cents: invoice.totalMinor.toString(), currency: invoice.currency },
        run_id: invoice.runId ?? '',
      },
    })),
  )
}

/**
 * `invoice.ready` of invoices of orders and credit notes: `{ invoice_id, number, kind, account_id, order_id,
 * payment_id, refund_id, total }`; `account_id` is empty for a guest, `refund_id` but for a credit note.
 */
export async function publishSalesReady(
  tx: Tx,
  tenantId: string,
  sales: readonly SaleHeader[],
): Promise<void> {
  await publish(
    tx,
    sales.map((sale) => ({
      tenantId,
      subject: 'invoice.ready',
      occurredAt: sale.finalization.finalizedAt,
      payload: {
        invoice_id: sale.invoiceId,
        number: sale.finalization.number,
        kind: sale.kind,
        account_id: sale.accountId,
        order_id: sale.orderId,
        payment_id: sale.paymentId,
        refund_id: sale.refundId ?? '',
        total: { amount_cents: sale.totalMinor.toString(), currency: sale.currency },
      },
    })),
  )
}
