import PDFDocument from 'pdfkit'
import { type FontName, fonts } from './fonts.ts'

/** What is drawn on; see pdfkit. */
export type PdfDocument = PDFKit.PDFDocument

export type PdfOptions = {
  /** In points (1/72 inch), or a name such as `A4`. */
  size: [width: number, height: number] | 'A4'
  title: string
  author?: string
  /** Creation date in milliseconds since 1970: nothing else of the file depends on time. */
  createdMs: number
  /** Whether pages that are done can be drawn on again until the end; not unless given. */
  keepsPages?: boolean
  /** Whether a reader shows the title in place of the file's name; not unless given. */
  displayTitle?: boolean
}

/**
 * A PDF file with one empty page without margins, in the regular face. Bytes depend on nothing but the
 * options and what is drawn. `bytes` resolves after `document.end()`, to a copy that has its memory to
 * itself and can be handed to another thread.
 */
export function createPdf(options: PdfOptions): {
  document: PdfDocument
  bytes: Promise<Uint8Array>
} {
  const { size, title, author, createdMs, keepsPages = false, displayTitle = false } = options
  const created = new Date(createdMs)
  const document = new PDFDocument({
    size,
    margin: 0,
    bufferPages: keepsPages,
    lang: 'en',
    displayTitle,
    pdfVersion: '1.7',
    info: {
      Title: title,
      ...(author === undefined ? {} : { Author: author }),
      CreationDate: created,
      ModDate: created,
    },
    // The declared type knows paths alone; parsed fonts are taken since 0.19.
    font: fonts.regular as unknown as string,
  })
  return { document, bytes: collect(document) }
}

/** Draws what follows in a face of Geist, `size` points high. Answers the document. */
export function setFont(document: PdfDocument, font: FontName, size: number): PdfDocument {
  return document.font(fonts[font] as unknown as string, font, size)
}

async function collect(document: PdfDocument): Promise<Uint8Array> {
  const pieces: Buffer[] = []
  for await (const piece of document) pieces.push(piece)
  return new Uint8Array(Buffer.concat(pieces))
}
