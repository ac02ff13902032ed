import { createPdf, type FontName, type PdfDocument, setFont } from '@purser/documents'
import type { Recipient, Shipment } from '../domain/shipment.ts'

/** A6 in points (1/72 inch), and what is left free at its edges. */
const page = { width: 297.64, height: 419.53, edge: 20 }

const width = page.width - 2 * page.edge

/** What a label shows. */
export type Label = Pick<
  Shipment,
  'shipmentId' | 'orderId' | 'carrier' | 'carrierService' | 'trackingNumber' | 'weightGrams'
> & {
  recipient: Recipient
  /** Creation date of the file. */
  createdAt: Temporal.Instant
}

/**
 * The label of a parcel: a PDF file of one page, A6. Texts that do not fit are cut off, the address
 * last: it becomes smaller first. The same label gives the same bytes.
 */
export async function renderLabel(label: Label): Promise<Uint8Array> {
  const { document, bytes } = createPdf({
    size: [page.width, page.height],
    title: `Label ${label.trackingNumber}`,
    createdMs: label.createdAt.epochMilliseconds,
  })
  const service = `${label.carrier} ${label.carrierService}`.replaceAll('_', ' ').toUpperCase()
  put(document, service, { y: 20, height: 22, size: 16, font: 'bold' })
  rule(document, 46)
  put(document, 'To', { y: 56, height: 12, size: 8 })
  const { name, address } = label.recipient
  put(document, name, { y: 68, height: 36, size: 15, smallest: 8, font: 'bold' })
  const lines = addressLines(address).join('\n')
  put(document, lines, { y: 106, height: 160, size: 14, smallest: 6 })
  rule(document, 276)
  put(document, 'Tracking number', { y: 286, height: 12, size: 8 })
  put(document, label.trackingNumber, { y: 298, height: 20, size: 14, smallest: 6, font: 'bold' })
  const weight = label.weightGrams > 0n ? `Weight ${label.weightGrams} g` : ''
  const notes = [`Order ${label.orderId}`, `Shipment ${label.shipmentId}`, weight]
  put(document, notes.filter((note) => note !== '').join('\n'), { y: 330, height: 66, size: 8 })
  document.end()
  return await bytes
}

function addressLines({ lines, city, region, postalCode, country }: Recipient['address']) {
  const place = [postalCode, city].filter((text) => text !== '').join(' ')
  return [...lines, place, region, country].filter((text) => text.trim() !== '')
}

type Box = {
  y: number
  height: number
  size: number
  /** Least size before text is cut off; `size` unless given. */
  smallest?: number
  font?: FontName
}

/** Puts text into a box as wide as the page, as large as it fits. */
function put(document: PdfDocument, text: string, box: Box): void {
  const { y, height, font = 'regular', smallest = box.size } = box
  // Control and direction characters would move what follows.
  const shown = text.replaceAll(/[^\P{C}\n]/gu, ' ')
  let { size } = box
  const select = () => setFont(document, font, size)
  while (size > smallest && select().heightOfString(shown, { width }) > height) size -= 1
  select().text(shown, page.edge, y, { width, height, ellipsis: true })
}

function rule(document: PdfDocument, y: number): void {
  document
    .moveTo(page.edge, y)
    .lineTo(page.width - page.edge, y)
    .lineWidth(1)
    .stroke()
}
