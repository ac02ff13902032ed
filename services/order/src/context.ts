import type { Client } from '@connectrpc/connect'
import type { CartService } from '@purser/contracts/cart/v1/cart'
import type { CatalogService } from '@purser/contracts/catalog/v1/catalog'
import type { InvoicingService } from '@purser/contracts/invoicing/v1/invoicing'
import type { NotificationService } from '@purser/contracts/notification/v1/notification'
import type { PaymentService } from '@purser/contracts/payment/v1/payment'
import type { ShippingService } from '@purser/contracts/shipping/v1/shipping'
import type { SubscriptionService } from '@purser/contracts/subscription/v1/subscription'
import type { UserService } from '@purser/contracts/user/v1/user'
import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { Logger } from '@purser/runtime'
import type { CheckoutStep } from './domain/checkout-step.ts'
import type { AddOrderJob } from './jobs/tasks.ts'

/** The services that a checkout calls, who invoices orders, and who sends mails. */
export type OrderClients = {
  user: Client<typeof UserService>
  cart: Client<typeof CartService>
  catalog: Client<typeof CatalogService>
  shipping: Client<typeof ShippingService>
  payment: Client<typeof PaymentService>
  subscription: Client<typeof SubscriptionService>
  invoicing: Client<typeof InvoicingService>
  notification: Client<typeof NotificationService>
}

/**
 * A moment of a checkout at which a process may die: before a step is done (its intent is written),
 * after it was done (nothing of it is written), and after that was written.
 */
export type CheckoutPoint = `${'do' | 'undo'}:${CheckoutStep}:${'intended' | 'done' | 'written'}`

/** What code of this service may touch. */
export type OrderContext = {
  db: Database
  clock: Clock
  log: Logger
  clients: OrderClients
  addJob: AddOrderJob
  /** How long a worker has a checkout to itself after each step, in milliseconds. */
  leaseMs: number
  /** Bound of one call of another service, in milliseconds; shorter than the lease. */
  callTimeoutMs: number
  /** Where crash tests stop a checkout; whatever it throws ends the run as a crash would. */
  reach: (point: CheckoutPoint) => Promise<void>
}
