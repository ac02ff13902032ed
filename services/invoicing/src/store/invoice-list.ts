import { statement, type Tx } from '@purser/postgres'
import type { InvoiceHeader, InvoiceStatus } from '../domain/invoice.ts'
import { fromRowInvoice, INVOICE_COLUMNS, type InvoiceRow } from './invoice-row.ts'

/** Which invoices a list holds; undefined does not narrow. */
export type InvoiceFilter = {
  accountId: string | undefined
  status: InvoiceStatus | undefined
  runId: string | undefined
}

/** Place of an invoice in lists. */
export type InvoicePosition = { sequence: bigint; invoiceId: string }

/** The place of drafts, before every number, by the greatest int8. */
const DRAFT_SEQUENCE = 9_223_372_036_854_775_807n

/** Place before every invoice: greater than every identifier. */
export const NEWEST: InvoicePosition = { sequence: DRAFT_SEQUENCE, invoiceId: '~' }

/** Place of an invoice in the order of lists. */
export function positionOf(invoice: InvoiceHeader): InvoicePosition {
  return {
    sequence: invoice.finalization?.sequence ?? DRAFT_SEQUENCE,
    invoiceId: invoice.invoiceId,
  }
}

// Two statements, so that each is always read from the index that has its order.
const ofAccount = listStatement('invoicing.list_invoices_of_account', 'account_id = $7')
const ofTenant = listStatement('invoicing.list_invoices', '$7::text is null')

function listStatement(name: string, condition: string) {
  return statement(
    name,
    `select ${INVOICE_COLUMNS}
     from invoice
     where tenant_id = $1
       and ${condition}
       and (list_position, invoice_id) < ($2::bigint, $3::text)
       and ($4::text is null or status = $4)
       and ($5::text is null or run_id = $5)
     order by list_position desc, invoice_id desc
     limit $6::bigint`,
  )
}

/** Invoices after a place: drafts, then newest number first. */
export async function listInvoices(
  tx: Tx,
  tenantId: string,
  question: { filter: InvoiceFilter; after: InvoicePosition; limit: number },
): Promise<InvoiceHeader[]> {
  const { filter, after, limit } = question
  const { accountId, status, runId } = filter
  const rows = await tx.query<InvoiceRow>(accountId === undefined ? ofTenant : ofAccount, [
    tenantId,
    after.sequence,
    after.invoiceId,
    status,
    runId,
    limit,
    accountId,
  ])
  return rows.map(fromRowInvoice)
}
