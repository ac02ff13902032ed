import {
  encodeInt8Array,
  encodeTextArray,
  encodeTimestamptzArray,
  statement,
  type Tx,
} from '@purser/postgres'
import type { InvoiceLine, LineKind } from '../domain/invoice.ts'
import { microsecondConverter } from './microseconds.ts'

/** Fields of a line as they are answered, in the order in which every statement names them. */
export const LINE_FIELDS = `
  line_number, kind, description, price_key, meter_key, quantity, exact_amount, amount_minor,
  period_start, period_end, watermark, event_count, price_json, breakdown_json,
  billed_before_minor, billable_days, period_days`

/** The same as read from the table: JSON as its text. */
export const LINE_COLUMNS = LINE_FIELDS.replace(
  'price_json, breakdown_json',
  'price::text as price_json, breakdown::text as breakdown_json',
)

/** A line as the driver answers it. */
export type LineRow = {
  line_number: number
  kind: LineKind
  description: string
  price_key: string
  meter_key: string | null
  quantity: string
  exact_amount: string
  amount_minor: bigint
  period_start: Temporal.Instant
  period_end: Temporal.Instant
  watermark: bigint
  event_count: bigint
  price_json: string
  breakdown_json: string
  billed_before_minor: bigint
  billable_days: number
  period_days: number
}

const insertLinesStatement = statement(
  'invoicing.insert_lines',
  `insert into invoice_line (
     tenant_id, invoice_id, line_number, kind, description, price_key, meter_key, quantity,
     exact_amount, amount_minor, period_start, period_end, watermark, event_count, price, breakdown,
     billed_before_minor, billable_days, period_days
   )
   select $1, invoice_id, line_number, kind, description, price_key, meter_key, quantity::numeric,
     exact_amount::numeric, amount_minor, period_start, period_end, watermark, event_count,
     price::json, breakdown::json, billed_before_minor, billable_days, period_days
   from unnest(
     $2::text[], $3::int8[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
     $10::int8[], $11::timestamptz[], $12::timestamptz[], $13::int8[], $14::int8[], $15::text[],
     $16::text[], $17::int8[], $18::int8[], $19::int8[]
   ) as new (
     invoice_id, line_number, kind, description, price_key, meter_key, quantity, exact_amount,
     amount_minor, period_start, period_end, watermark, event_count, price, breakdown,
     billed_before_minor, billable_days, period_days
   )`,
)

/** Lines as parameters of the statement that inserts them. */
export type EncodedLines = { count: number; arrays: readonly Buffer[] }

/** Encodes all lines of invoices; apart from inserting them, so that no lock is held meanwhile. */
export function encodeLines(
  invoices: readonly { invoiceId: string; lines: readonly InvoiceLine[] }[],
): EncodedLines {
  const lines = invoices.flatMap((invoice) => invoice.lines)
  const invoiceIds = invoices.flatMap(({ invoiceId, lines }) => lines.map(() => invoiceId))
  return { count: lines.length, arrays: encodeColumns(invoiceIds, lines) }
}

function encodeColumns(invoiceIds: string[], lines: readonly InvoiceLine[]): Buffer[] {
  const toMicroseconds = microsecondConverter()
  const texts = (pick: (line: InvoiceLine) => string | undefined) =>
    encodeTextArray(lines.map((line) => pick(line) ?? null))
  const longs = (pick: (line: InvoiceLine) => bigint | number) => encodeInt8Array(lines.map(pick))
  const times = (pick: (line: InvoiceLine) => Temporal.Instant) =>
    encodeTimestamptzArray(lines.map((line) => toMicroseconds(pick(line))))
  return [
    encodeTextArray(invoiceIds),
    longs((line) => line.lineNumber),
    texts((line) => line.kind),
    texts((line) => line.description),
    texts((line) => line.priceKey),
    texts((line) => line.meterKey),
    texts((line) => line.quantity),
    texts((line) => line.exactAmount),
    longs((line) => line.amountMinor),
    times((line) => line.period.start),
    times((line) => line.period.end),
    longs((line) => line.watermark),
    longs((line) => line.eventCount),
    texts((line) => line.priceJson),
    texts((line) => line.breakdownJson),
    longs((line) => line.billedBeforeMinor),
    longs((line) => line.billableDays),
    longs((line) => line.periodDays),
  ]
}

/** Inserts all lines of invoices that were inserted before. */
export async function insertLines(tx: Tx, tenantId: string, lines: EncodedLines): Promise<void> {
  if (lines.count === 0) return
  await tx.execute(insertLinesStatement, [tenantId, ...lines.arrays])
}

const listLinesStatement = statement(
  'invoicing.list_lines',
  `select ${LINE_COLUMNS}
   from invoice_line
   where tenant_id = $1
     and invoice_id = $2
   order by line_number`,
)

/** The lines of an invoice in order. */
export async function listLines(
  tx: Tx,
  tenantId: string,
  invoiceId: string,
): Promise<InvoiceLine[]> {
  const rows = await tx.query<LineRow>(listLinesStatement, [tenantId, invoiceId])
  return rows.map(fromRowLine)
}

/** The stored line. */
export function fromRowLine(row: LineRow): InvoiceLine {
  return {
    lineNumber: row.line_number,
    kind: row.kind,
    description: row.description,
    priceKey: row.price_key,
    meterKey: row.meter_key ?? undefined,
    quantity: row.quantity,
    exactAmount: row.exact_amount,
    amountMinor: row.amount_minor,
    period: { start: row.period_start, end: row.period_end },
    watermark: row.watermark,
    eventCount: row.event_count,
    priceJson: row.price_json,
    breakdownJson: row.breakdown_json,
    billedBeforeMinor: row.billed_before_minor,
    billableDays: row.billable_days,
    periodDays: row.period_days,
  }
}
