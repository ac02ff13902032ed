import type { Client } from '@connectrpc/connect'
import type { Limiter } from '@purser/concurrency'
import type { InvoicingService } from '@purser/contracts/invoicing/v1/invoicing'
import type { MeteringService } from '@purser/contracts/metering/v1/metering'
import type { SubscriptionService } from '@purser/contracts/subscription/v1/subscription'
import type { UserService } from '@purser/contracts/user/v1/user'
import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { Logger } from '@purser/runtime'
import type { AddBillingJob } from './jobs/tasks.ts'

/** Clients of the services that a run asks. */
export type BillingClients = {
  user: Client<typeof UserService>
  subscription: Client<typeof SubscriptionService>
  metering: Client<typeof MeteringService>
  invoicing: Client<typeof InvoicingService>
}

/** What code of this service may touch. */
export type BillingContext = {
  db: Database
  clock: Clock
  log: Logger
  clients: BillingClients
  /** Bounds the workers of runs (MAX_WORKERS) and their transactions (MAX_DB_JOBS). */
  limiter: Limiter
  /** Workers of one run in this process. */
  maxWorkers: number
  /** Milliseconds until a run pauses itself, when its caller names none. */
  runTimeoutMs: number
  addJob: AddBillingJob
  /** Aborted when the service drains: runs pause after the items in hand. */
  draining: AbortSignal
}
