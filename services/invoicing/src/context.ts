import type { Client } from '@connectrpc/connect'
import type { UserService } from '@purser/contracts/user/v1/user'
import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { PdfRenderer } from './pdf/pdf-renderer.ts'

/** Clients of the services that this one asks. */
export type InvoicingClients = { user: Client<typeof UserService> }

/** What code of this service may touch. */
export type InvoicingContext = {
  db: Database
  clock: Clock
  clients: InvoicingClients
  pdf: PdfRenderer
}
