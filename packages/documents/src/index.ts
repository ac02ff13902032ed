export type { FontName } from './fonts.ts'
export { createPdf, type PdfDocument, type PdfOptions, setFont } from './pdf.ts'
