import { parentPort } from 'node:worker_threads'
import { assert } from '@purser/kernel'
import type { InvoiceDocument } from './invoice-document.ts'
import { renderInvoice } from './render-invoice.ts'

/** What the thread is asked, one at a time. */
export type PdfOrder = InvoiceDocument

/** What it answers: the file, or why there is none. */
export type PdfReply = { pdf: Uint8Array } | { failure: string }

const port = parentPort
assert(port, 'runs as a worker thread')
port.on('message', async (document: PdfOrder) => {
  try {
    const pdf = await renderInvoice(document)
    port.postMessage({ pdf } satisfies PdfReply, [pdf.buffer as ArrayBuffer])
  } catch (error) {
    const failure = error instanceof Error ? (error.stack ?? error.message) : String(error)
    port.postMessage({ failure } satisfies PdfReply)
  }
})
