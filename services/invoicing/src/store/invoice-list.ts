import { type Statement, statement, type Tx } from '@purser/postgres'
import type { AnyHeader, AnyKind, InvoiceStatus } from '../domain/invoice.ts'
import { fromRowInvoice, INVOICE_COLUMNS, type InvoiceRow } from './invoice-row.ts'

/** Which invoices a list holds; undefined does not narrow. */
export type InvoiceFilter = {
  accountId: string | undefined
  status: InvoiceStatus | undefined
  runId: string | undefined
  kind: AnyKind | undefined
  orderId: string | undefined
}

/** Place of an invoice in lists. */
export type InvoicePosition = { sequence: bigint; invoiceId: string }

/** The place of drafts, before every number, by the greatest int8. */
const DRAFT_SEQUENCE = 9_223_372_036_854_775_807n

/** Place before every invoice: greater than every identifier. */
export const NEWEST: InvoicePosition = { sequence: DRAFT_SEQUENCE, invoiceId: '~' }

/** Place of an invoice in the order of lists. */
export function positionOf(invoice: AnyHeader): InvoicePosition {
  return {
    sequence: invoice.finalization?.sequence ?? DRAFT_SEQUENCE,
    invoiceId: invoice.invoiceId,
  }
}

// A statement each, so that each is always read from the index that has its order.
const ofOrder = listStatement('invoicing.list_invoices_of_order', 'order_id = $9')
const ofAccount = listStatement(
  'invoicing.list_invoices_of_account',
  '$9::text is null and account_id = $7',
)
const ofTenant = listStatement('invoicing.list_invoices', '$9::text is null and $7::text is null')

function statementOf({ orderId, accountId }: InvoiceFilter): Statement {
  if (orderId !== undefined) return ofOrder
  return accountId === undefined ? ofTenant : ofAccount
}

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
       and ($7::text is null or account_id = $7)
       and ($8::text is null or kind = $8)
     order by list_position desc, invoice_id desc
     limit $6::bigint`,
  )
}

/** Invoices after a place: drafts, then newest number first. */
export async function listInvoices(
  tx: Tx,
  tenantId: string,
  question: { filter: InvoiceFilter; after: InvoicePosition; limit: number },
): Promise<AnyHeader[]> {
  const { filter, after, limit } = question
  const { accountId, status, runId, kind, orderId } = filter
  const rows = await tx.query<InvoiceRow>(statementOf(filter), [
    tenantId,
    after.sequence,
    after.invoiceId,
    status,
    runId,
    limit,
    accountId,
    kind,
    orderId,
  ])
  return rows.map(fromRowInvoice)
}
