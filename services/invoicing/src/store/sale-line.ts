import { statement, type Tx } from '@purser/postgres'
import type { Sale, SaleLine, SaleLineKind } from '../domain/sale.ts'
import { taxTotal } from '../domain/tax.ts'

const insertLinesStatement = statement(
  'invoicing.insert_sale_lines',
  `insert into sale_line (
     tenant_id, invoice_id, line_number, kind, description, sku, quantity, unit_minor,
     discount_minor, amount_minor, tax_category, tax_minor, taxes, subscription_id, starts_at,
     credited_line_number
   )
   select $1, invoice_id, line_number, kind, description, sku, quantity, unit_minor, discount_minor,
     amount_minor, tax_category, tax_minor, taxes, subscription_id, starts_at, credited_line_number
   from json_to_recordset($2::json) as new (
     invoice_id text, line_number integer, kind text, description text, sku text, quantity bigint,
     unit_minor bigint, discount_minor bigint, amount_minor bigint, tax_category text,
     tax_minor bigint, taxes json, subscription_id text, starts_at timestamptz,
     credited_line_number integer
   )`,
)

/** Inserts all lines of invoices of orders that were inserted before. */
export async function insertSaleLines(
  tx: Tx,
  tenantId: string,
  sales: readonly Sale[],
): Promise<void> {
  const rows = sales.flatMap(({ invoiceId, lines }) => lines.map((line) => toRow(invoiceId, line)))
  await tx.execute(insertLinesStatement, [tenantId, JSON.stringify(rows)])
}

function toRow(invoiceId: string, line: SaleLine) {
  return {
    invoice_id: invoiceId,
    line_number: line.lineNumber,
    kind: line.kind,
    description: line.description,
    sku: line.sku,
    quantity: line.quantity.toString(),
    unit_minor: line.unitMinor.toString(),
    discount_minor: line.discountMinor.toString(),
    amount_minor: line.amountMinor.toString(),
    tax_category: line.taxCategory,
    tax_minor: taxTotal(line.taxes).toString(),
    taxes: line.taxes.map((tax) => ({
      ...tax,
      taxableMinor: tax.taxableMinor.toString(),
      taxMinor: tax.taxMinor.toString(),
    })),
    subscription_id: line.subscriptionId,
    starts_at: line.startsAt?.toString(),
    credited_line_number: line.creditedLineNumber,
  }
}

type LineRow = {
  line_number: number
  kind: SaleLineKind
  description: string
  sku: string
  quantity: bigint
  unit_minor: bigint
  discount_minor: bigint
  amount_minor: bigint
  tax_category: string
  taxes: { name: string; percent: string; taxableMinor: string; taxMinor: string }[]
  subscription_id: string
  starts_at: Temporal.Instant | null
  credited_line_number: number | null
}

const listLinesStatement = statement(
  'invoicing.list_sale_lines',
  `select line_number, kind, description, sku, quantity, unit_minor, discount_minor, amount_minor,
     tax_category, taxes, subscription_id, starts_at, credited_line_number
   from sale_line
   where tenant_id = $1
     and invoice_id = any($2::text[])
   order by invoice_id, line_number`,
)

/** The lines of invoices of orders, in order, those of each together. */
export async function listSaleLines(
  tx: Tx,
  tenantId: string,
  invoiceIds: readonly string[],
): Promise<SaleLine[]> {
  const rows = await tx.query<LineRow>(listLinesStatement, [tenantId, invoiceIds])
  return rows.map((row) => ({
    lineNumber: row.line_number,
    kind: row.kind,
    description: row.description,
    sku: row.sku,
    quantity: row.quantity,
    unitMinor: row.unit_minor,
    discountMinor: row.discount_minor,
    amountMinor: row.amount_minor,
    taxCategory: row.tax_category,
    taxes: row.taxes.map(({ name, percent, taxableMinor, taxMinor }) => {
      return { name, percent, taxableMinor: BigInt(taxableMinor), taxMinor: BigInt(taxMinor) }
    }),
    subscriptionId: row.subscription_id,
    startsAt: row.starts_at ?? undefined,
    creditedLineNumber: row.credited_line_number ?? undefined,
  }))
}
