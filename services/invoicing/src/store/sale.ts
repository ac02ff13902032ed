import { assert } from '@purser/kernel'
import { statement, type Tx } from '@purser/postgres'
import { isSale } from '../domain/invoice.ts'
import type { Sale, SaleHeader } from '../domain/sale.ts'
import { fromRowInvoice, INVOICE_COLUMNS, type InvoiceRow } from './invoice-row.ts'
import { insertSaleLines } from './sale-line.ts'

const insertSalesStatement = statement(
  'invoicing.insert_sales',
  `insert into invoice (
     tenant_id, invoice_id, status, kind, account_id, order_id, payment_id, refund_id,
     credited_invoice_id, reason, currency, tax_included, subtotal_minor, tax_minor, total_minor,
     line_count, policy, plan_key, plan_version, plan_name, content_hash, created_at, number,
     number_sequence, finalized_at
   )
   select $1, invoice_id, 'finalized', kind, account_id, order_id, payment_id, refund_id,
     credited_invoice_id, reason, currency, tax_included, subtotal_minor, tax_minor, total_minor,
     line_count, policy, '', 0, '', content_hash, created_at, number, number_sequence, created_at
   from jsonb_to_recordset($2::jsonb) as new (
     invoice_id text, kind text, account_id text, order_id text, payment_id text, refund_id text,
     credited_invoice_id text, reason text, currency text, tax_included boolean,
     subtotal_minor bigint, tax_minor bigint, total_minor bigint, line_count integer, policy jsonb,
     content_hash text, created_at timestamptz, number text, number_sequence bigint
   )`,
)

/**
 * Inserts invoices of orders or credit notes with their lines. The caller holds the tenant's sequence. The database
 * refuses a second one for an order or a refund, and credits above their invoice.
 */
export async function insertSales(tx: Tx, tenantId: string, sales: readonly Sale[]): Promise<void> {
  await tx.execute(insertSalesStatement, [tenantId, JSON.stringify(sales.map(toRow))])
  await insertSaleLines(tx, tenantId, sales)
}

function toRow(sale: Sale) {
  return {
    invoice_id: sale.invoiceId,
    kind: sale.kind,
    account_id: sale.accountId,
    order_id: sale.orderId,
    payment_id: sale.paymentId,
    refund_id: sale.refundId,
    credited_invoice_id: sale.creditedInvoiceId,
    reason: sale.reason,
    currency: sale.currency,
    tax_included: sale.taxIncluded,
    subtotal_minor: sale.subtotalMinor.toString(),
    tax_minor: sale.taxMinor.toString(),
    total_minor: sale.totalMinor.toString(),
    line_count: sale.lines.length,
    policy: sale.policy,
    content_hash: sale.contentHash,
    created_at: sale.createdAt.toString(),
    number: sale.finalization.number,
    number_sequence: sale.finalization.sequence.toString(),
  }
}

const listSalesStatement = statement(
  'invoicing.list_sales_of_orders',
  `select ${INVOICE_COLUMNS}
   from invoice
   where tenant_id = $1
     and order_id = any($2::text[])
   order by number_sequence`,
)

/** The invoices and credit notes of orders without lines, in the order of their numbers. */
export async function listSalesOfOrders(
  tx: Tx,
  tenantId: string,
  orderIds: readonly string[],
): Promise<SaleHeader[]> {
  const rows = await tx.query<InvoiceRow>(listSalesStatement, [tenantId, orderIds])
  return rows.map((row) => {
    const invoice = fromRowInvoice(row)
    assert(isSale(invoice), 'what bills an order is a sale')
    return invoice
  })
}
