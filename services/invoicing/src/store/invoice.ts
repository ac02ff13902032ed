import { encodeTextArray, encodeTimestamptzArray, statement, type Tx } from '@purser/postgres'
import {
  type AnyHeader,
  type AnyInvoice,
  type Finalization,
  type InvoiceTerms,
  isSale,
} from '../domain/invoice.ts'
import { listLines } from './invoice-line.ts'
import { fromRowInvoice, INVOICE_COLUMNS, type InvoiceRow } from './invoice-row.ts'
import { microsecondConverter } from './microseconds.ts'
import { listSaleLines } from './sale-line.ts'

const findInvoiceStatement = statement(
  'invoicing.find_invoice',
  `select ${INVOICE_COLUMNS}
   from invoice
   where tenant_id = $1
     and (invoice_id = $2 or number = $2)`,
)

/** The invoice with this number or identifier, without lines, if there is one. */
async function findInvoiceHeader(
  tx: Tx,
  tenantId: string,
  name: string,
): Promise<AnyHeader | undefined> {
  const [row] = await tx.query<InvoiceRow>(findInvoiceStatement, [tenantId, name])
  return row && fromRowInvoice(row)
}

/** The invoice with this number or identifier, if there is one. */
export async function findInvoice(
  tx: Tx,
  tenantId: string,
  name: string,
): Promise<AnyInvoice | undefined> {
  const header = await findInvoiceHeader(tx, tenantId, name)
  if (header === undefined) return undefined
  const { invoiceId } = header
  return isSale(header)
    ? { ...header, lines: await listSaleLines(tx, tenantId, [invoiceId]) }
    : { ...header, lines: await listLines(tx, tenantId, invoiceId) }
}

/** What names a bill: there is one invoice for each. */
export type Bill = Pick<InvoiceTerms, 'subscriptionId' | 'period' | 'kind'>

/** An invoice that exists for a bill; `position` is the bill's in the question. */
export type ExistingInvoice = { position: number; invoiceId: string; contentHash: string }

// With its limit the subquery stays one look-up in the unique index for each bill; as a join it
// would be planned, while a young table has no statistics, as a scan of all invoices of the tenant.
const findExistingStatement = statement(
  'invoicing.find_existing',
  `select bill.position, found.invoice_id, found.content_hash
   from unnest($2::text[], $3::timestamptz[], $4::text[])
     with ordinality as bill (subscription_id, period_start, kind, position)
   cross join lateral (
     select invoice.invoice_id, invoice.content_hash
     from invoice
     where invoice.tenant_id = $1
       and invoice.subscription_id = bill.subscription_id
       and invoice.period_start = bill.period_start
       and invoice.kind = bill.kind
     limit 1
   ) as found`,
)

/** The invoices that exist for these bills, in no order. */
export async function findExisting(
  tx: Tx,
  tenantId: string,
  bills: readonly Bill[],
): Promise<ExistingInvoice[]> {
  const toMicroseconds = microsecondConverter()
  const rows = await tx.query<{ position: bigint; invoice_id: string; content_hash: string }>(
    findExistingStatement,
    [
      tenantId,
      encodeTextArray(bills.map((bill) => bill.subscriptionId)),
      encodeTimestamptzArray(bills.map((bill) => toMicroseconds(bill.period.start))),
      encodeTextArray(bills.map((bill) => bill.kind)),
    ],
  )
  return rows.map((row) => ({
    position: Number(row.position) - 1,
    invoiceId: row.invoice_id,
    contentHash: row.content_hash,
  }))
}

const finalizeInvoiceStatement = statement(
  'invoicing.finalize_invoice',
  `update invoice
   set status = 'finalized', number = $3, number_sequence = $4::bigint,
     finalized_at = $5::timestamptz
   where tenant_id = $1
     and invoice_id = $2
     and status = 'draft'`,
)

/** Gives a draft its number; false when it has one. The caller holds the tenant's sequence. */
export async function finalizeDraft(
  tx: Tx,
  tenantId: string,
  invoiceId: string,
  { number, sequence, finalizedAt }: Finalization,
): Promise<boolean> {
  const values = [tenantId, invoiceId, number, sequence, finalizedAt]
  return (await tx.execute(finalizeInvoiceStatement, values)) === 1
}
