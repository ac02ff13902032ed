import type { Party } from '../domain/party.ts'
import type { DocumentRow, InvoiceDocument } from './invoice-document.ts'
import { type TextStyle, page, pageWidth, PageWriter } from './page-writer.ts'

const body: TextStyle = { size: 9 }
const strong: TextStyle = { size: 9, font: 'bold' }
const small: TextStyle = { size: 7.5, color: 'muted' }
const mark: TextStyle = { size: 7.5, font: 'bold', color: 'accent' }
const label: TextStyle = { size: 7.5, color: 'muted' }

type Column = {
  key: 'description' | 'period' | 'quantity' | 'unitPrice' | 'amount'
  title: string
  width: number
  align: 'left' | 'right'
}

/** Columns of the table from left to right; widths add up to the page's. */
const allColumns: readonly Column[] = [
  { key: 'description', title: 'Description', width: 182, align: 'left' },
  { key: 'period', title: 'Period', width: 90, align: 'left' },
  { key: 'quantity', title: 'Quantity', width: 76, align: 'right' },
  { key: 'unitPrice', title: 'Unit price', width: 80, align: 'right' },
  { key: 'amount', title: 'Amount', width: pageWidth - 428, align: 'right' },
]

/** Without periods, the description is as much wider. */
const columnsWithoutPeriod = allColumns.flatMap((column) => {
  if (column.key === 'period') return []
  return column.key === 'description' ? [{ ...column, width: column.width + 90 }] : [column]
})

function columnsOf({ hasPeriods }: InvoiceDocument): readonly Column[] {
  return hasPeriods ? allColumns : columnsWithoutPeriod
}

const columnGap = 8
const rowPadding = 7
const detailGap = 2
/** Details run below everything but the amount. */
const detailWidth = 428 - columnGap

/** Draws the invoice on as many A4 pages as it takes. The same document gives the same bytes. */
export async function renderInvoice(document: InvoiceDocument): Promise<Uint8Array> {
  const { title, number, seller, createdMs } = document
  const info = { title: `${title} ${number}`, author: seller.name, createdMs }
  let inTable = false
  const writer = new PageWriter(info, () => {
    writer.y += writer.put(
      `${title} ${number}`,
      { x: page.left, y: writer.y, width: pageWidth },
      small,
    )
    writer.y += 12
    if (inTable) putTableHead(writer, document)
  })
  putHead(writer, document)
  putParties(writer, document)
  putTableHead(writer, document)
  inTable = true
  for (const row of document.rows) putRow(writer, row, columnsOf(document))
  inTable = false
  putSums(writer, document)
  return await writer.finish((pageNumber, pageCount) =>
    putFooter(writer, document, `Page ${pageNumber} of ${pageCount}`),
  )
}

function putHead(writer: PageWriter, { title, number, seller }: InvoiceDocument): void {
  const half = pageWidth / 2
  const box = { x: page.left, y: writer.y, width: half - columnGap }
  const left = writer.put(seller.name, box, { size: 13, font: 'bold' })
  const right = { x: page.left + half, y: writer.y, width: half }
  const titleHeight = writer.put(title, right, { size: 22, font: 'bold', align: 'right' })
  const below = { ...right, y: writer.y + titleHeight + 2 }
  const numberHeight = writer.put(number, below, { size: 11, color: 'muted', align: 'right' })
  const lines = seller.lines.join('\n')
  const address = writer.put(lines, { ...box, y: writer.y + left + 4 }, small)
  writer.y += Math.max(left + 4 + address, titleHeight + 2 + numberHeight) + 22
  writer.rule(writer.y)
  writer.y += 16
}

function putParties(writer: PageWriter, { buyer, facts }: InvoiceDocument): void {
  const half = pageWidth / 2
  const buyerHeight = putParty(writer, 'Bill to', buyer, half - 2 * columnGap)
  const labelWidth = 88
  let factsHeight = 0
  for (const fact of facts) {
    const y = writer.y + factsHeight
    writer.put(fact.label, { x: page.left + half, y: y + 1, width: labelWidth }, label)
    const box = { x: page.left + half + labelWidth, y, width: half - labelWidth }
    factsHeight += writer.put(fact.text, box, { ...body, align: 'right' }) + 5
  }
  writer.y += Math.max(buyerHeight, factsHeight) + 22
}

function putParty(writer: PageWriter, heading: string, party: Party, width: number): number {
  const box = { x: page.left, y: writer.y, width }
  let height = writer.put(heading, box, label) + 3
  height += writer.put(party.name, { ...box, y: writer.y + height }, { size: 10, font: 'bold' }) + 2
  const lines = party.lines.join('\n')
  return height + writer.put(lines, { ...box, y: writer.y + height }, { ...body, color: 'muted' })
}

function putTableHead(writer: PageWriter, document: InvoiceDocument): void {
  const titles = cellBoxes(writer.y, columnsOf(document)).map(({ column, box }) => {
    const title = column.key === 'amount' ? `${column.title} (${document.currency})` : column.title
    return writer.put(title, box, { ...label, align: column.align })
  })
  writer.y += Math.max(...titles) + 5
  writer.rule(writer.y)
  writer.y += rowPadding
}

/** The cells of a row stay together with its first detail; further details may go on a new page. */
function putRow(writer: PageWriter, row: DocumentRow, columns: readonly Column[]): void {
  const details = [
    ...(row.mark === '' ? [] : [{ text: row.mark, style: mark }]),
    ...row.details.map((text) => ({ text, style: small })),
  ]
  const heightOfDetail = ({ text, style }: (typeof details)[number]) =>
    writer.heightOf(text, detailWidth, style) + detailGap
  const cells = cellBoxes(0, columns).map(({ column, box }) =>
    writer.heightOf(row[column.key], box.width, styleOf(column)),
  )
  const [first] = details
  const height = Math.max(...cells)
  writer.ensureRoom(height + (first ? heightOfDetail(first) : 0) + rowPadding)
  for (const { column, box } of cellBoxes(writer.y, columns))
    writer.put(row[column.key], box, styleOf(column))
  writer.y += height
  for (const detail of details) {
    writer.ensureRoom(heightOfDetail(detail))
    const box = { x: page.left, y: writer.y + detailGap, width: detailWidth }
    writer.y += writer.put(detail.text, box, detail.style) + detailGap
  }
  writer.y += rowPadding
  writer.rule(writer.y)
  writer.y += rowPadding
}

function styleOf({ key, align }: Column): TextStyle {
  return { ...(key === 'description' || key === 'amount' ? strong : body), align }
}

/** The box of each column; a gap keeps a cell from touching its right neighbour. */
function cellBoxes(y: number, columns: readonly Column[]) {
  let x = page.left
  return columns.map((column) => {
    const isLast = column.key === 'amount'
    const box = { x, y, width: column.width - (isLast ? 0 : columnGap) }
    x += column.width
    return { column, box }
  })
}

function putSums(writer: PageWriter, { sums, total }: InvoiceDocument): void {
  const x = page.left + pageWidth / 2
  const lineHeight = 17
  writer.ensureRoom(lineHeight * (sums.length + 2))
  writer.y += 4
  for (const sum of sums) {
    putSum(writer, sum, { x, labelWidth: 160 }, body)
    writer.y += lineHeight
  }
  writer.rule(writer.y - 2, x)
  writer.y += 6
  putSum(writer, total, { x, labelWidth: 90 }, { size: 12, font: 'bold' })
  writer.y += lineHeight
}

function putSum(
  writer: PageWriter,
  sum: { label: string; text: string },
  { x, labelWidth }: { x: number; labelWidth: number },
  style: TextStyle,
): void {
  writer.put(sum.label, { x, y: writer.y, width: labelWidth }, style)
  const box = { x: x + labelWidth, y: writer.y, width: page.right - x - labelWidth }
  writer.put(sum.text, box, { ...style, align: 'right' })
}

/** Below the bottom edge, which rows never cross. */
function putFooter(writer: PageWriter, { notes }: InvoiceDocument, pages: string): void {
  const y = page.bottom + 14
  const pagesWidth = 70
  writer.rule(y - 6)
  const box = { x: page.left, y, width: pageWidth - pagesWidth - columnGap }
  writer.put(notes.join('\n'), box, { ...small, size: 6.5 })
  const right = { x: page.right - pagesWidth, y, width: pagesWidth }
  writer.put(pages, right, { ...small, size: 6.5, align: 'right' })
}
