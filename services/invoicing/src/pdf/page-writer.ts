import { createPdf, type FontName, type PdfDocument, setFont } from '@purser/documents'

/** A4 in points (1/72 inch), and the edges of what is written on it. */
export const page = { width: 595.28, height: 841.89, left: 48, right: 547.28, top: 48, bottom: 762 }

/** Width between the edges. */
export const pageWidth = page.right - page.left

const colors = { ink: '#171717', muted: '#666666', accent: '#0a5dc2', rule: '#d4d4d4' } as const

export type TextStyle = {
  size: number
  font?: FontName
  color?: keyof typeof colors
  align?: 'left' | 'right'
}

/** Where text goes: its upper left corner and the width in which it wraps. */
export type TextBox = { x: number; y: number; width: number }

/**
 * A document of A4 pages with a cursor `y` that only moves down. Text is put where it is told to
 * and never breaks a page by itself. Bytes depend on nothing but the calls and `createdMs`.
 */
export class PageWriter {
  y = page.top
  readonly #document: PdfDocument
  readonly #bytes: Promise<Uint8Array>
  readonly #onNewPage: () => void

  /** `onNewPage` is called on the second page and each further one, with the cursor at the top. */
  constructor(info: { title: string; author: string; createdMs: number }, onNewPage: () => void) {
    const pdf = createPdf({ ...info, size: 'A4', keepsPages: true, displayTitle: true })
    this.#document = pdf.document
    this.#bytes = pdf.bytes
    this.#onNewPage = onNewPage
  }

  /** Height of wrapped text in points. */
  heightOf(text: string, width: number, style: TextStyle): number {
    return text === '' ? 0 : this.#styled(style).heightOfString(text, { width, ...wrapping(style) })
  }

  /** Puts wrapped text into a box and answers its height. */
  put(text: string, { x, y, width }: TextBox, style: TextStyle): number {
    if (text === '') return 0
    this.#styled(style)
      .fillColor(colors[style.color ?? 'ink'])
      .text(text, x, y, { width, ...wrapping(style) })
    return this.#document.y - y
  }

  /** A hairline from edge to edge, or from `x` to the right edge. */
  rule(y: number, x = page.left): void {
    this.#document
      .moveTo(x, y)
      .lineTo(page.right, y)
      .lineWidth(0.5)
      .strokeColor(colors.rule)
      .stroke()
  }

  /** Goes on with a new page unless `height` points still fit below the cursor. */
  ensureRoom(height: number): void {
    if (this.y + height <= page.bottom) return
    this.#document.addPage()
    this.y = page.top
    this.#onNewPage()
  }

  /** Lets `draw` write on every page, then closes the document and answers the file. */
  async finish(draw: (pageNumber: number, pageCount: number) => void): Promise<Uint8Array> {
    const { count } = this.#document.bufferedPageRange()
    for (let index = 0; index < count; index++) {
      this.#document.switchToPage(index)
      draw(index + 1, count)
    }
    this.#document.end()
    return await this.#bytes
  }

  #styled({ font = 'regular', size }: TextStyle): PdfDocument {
    return setFont(this.#document, font, size)
  }
}

/**
 * Right-aligned are numbers: digits of equal width make columns of them. Other text asks for no
 * features, as its words are then laid out once for each document.
 */
function wrapping({ align = 'left' }: TextStyle) {
  return align === 'left'
    ? { align }
    : { align, features: ['tnum'] as PDFKit.Mixins.OpenTypeFeatures[] }
}
