import { InvoicingService } from '@purser/contracts/invoicing/v1/invoicing'
import { createActs } from '@purser/idempotency'
import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { Service, ServiceManifest } from '@purser/rpc'
import type { InvoicingClients, InvoicingContext } from './context.ts'
import { PdfRenderer } from './pdf/pdf-renderer.ts'
import { calculateTax } from './rpc/calculate-tax.ts'
import { erasePersonalData } from './rpc/erase-personal-data.ts'
import { exportPersonalData } from './rpc/export-personal-data.ts'
import { finalizeInvoice } from './rpc/finalize-invoice.ts'
import { getInvoice } from './rpc/get-invoice.ts'
import { getInvoicePdf } from './rpc/get-invoice-pdf.ts'
import { issueCreditNotes } from './rpc/issue-credit-notes.ts'
import { issueInvoices } from './rpc/issue-invoices.ts'
import { issueOrderInvoices } from './rpc/issue-order-invoices.ts'
import { listBilledLines } from './rpc/list-billed-lines.ts'
import { listInvoices } from './rpc/list-invoices.ts'
import { listOrderInvoices } from './rpc/list-order-invoices.ts'
import { summarizeInvoices } from './rpc/summarize-invoices.ts'
import { taxMethods } from './rpc/tax-methods.ts'

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
  const { database: db, define } = createActs(deps)
  const pdf = new PdfRenderer()
  const ctx: InvoicingContext = {
    db,
    clock: deps.clock,
    clients: deps.clients,
    pdf,
  }
  return {
    manifest: invoicingManifest,
    definition: define(InvoicingService, {
      issueInvoices: issueInvoices(ctx),
      getInvoice: getInvoice(ctx),
      listInvoices: listInvoices(ctx),
      summarizeInvoices: summarizeInvoices(ctx),
      finalizeInvoice: finalizeInvoice(ctx),
      getInvoicePdf: getInvoicePdf(ctx),
      listBilledLines: listBilledLines(ctx),
      issueOrderInvoices: issueOrderInvoices(ctx),
      issueCreditNotes: issueCreditNotes(ctx),
      listOrderInvoices: listOrderInvoices(ctx),
      calculateTax: calculateTax(ctx),
      ...taxMethods(ctx),
      exportPersonalData: exportPersonalData(ctx),
      erasePersonalData: erasePersonalData(ctx),
    }),
    components: [pdf],
  }
}
