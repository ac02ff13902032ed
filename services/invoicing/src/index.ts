import { InvoicingService } from '@purser/contracts/invoicing/v1/invoicing'
import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import { defineService, type Service, type ServiceManifest } from '@purser/rpc'
import type { InvoicingClients, InvoicingContext } from './context.ts'
import { PdfRenderer } from './pdf/pdf-renderer.ts'
import { finalizeInvoice } from './rpc/finalize-invoice.ts'
import { getInvoice } from './rpc/get-invoice.ts'
import { getInvoicePdf } from './rpc/get-invoice-pdf.ts'
import { issueInvoices } from './rpc/issue-invoices.ts'
import { listBilledLines } from './rpc/list-billed-lines.ts'
import { listInvoices } from './rpc/list-invoices.ts'
import { summarizeInvoices } from './rpc/summarize-invoices.ts'

export type { InvoicingClients } from './context.ts'

/** What the composition root needs to know of the service before it exists. */
export const invoicingManifest: ServiceManifest = {
  name: 'invoicing',
  descriptor: InvoicingService,
  migrationsDir: new URL('../migrations/', import.meta.url),
  calls: ['user'],
  publishesEvents: true,
  grpcPort: 50062,
}

/** What the service is given. */
export type InvoicingDeps = {
  database: Database
  clock: Clock
  clients: InvoicingClients
}

/** Invoices, their numbers and their files. */
export function createInvoicingService(deps: InvoicingDeps): Service {
  const pdf = new PdfRenderer()
  const ctx: InvoicingContext = {
    db: deps.database,
    clock: deps.clock,
    clients: deps.clients,
    pdf,
  }
  return {
    manifest: invoicingManifest,
    definition: defineService(InvoicingService, {
      issueInvoices: issueInvoices(ctx),
      getInvoice: getInvoice(ctx),
      listInvoices: listInvoices(ctx),
      summarizeInvoices: summarizeInvoices(ctx),
      finalizeInvoice: finalizeInvoice(ctx),
      getInvoicePdf: getInvoicePdf(ctx),
      listBilledLines: listBilledLines(ctx),
    }),
    components: [pdf],
  }
}
