import { createBillingService } from '@purser/billing'
import { BillingService } from '@purser/contracts/billing/v1/billing'
import { InvoicingService } from '@purser/contracts/invoicing/v1/invoicing'
import { MeteringService } from '@purser/contracts/metering/v1/metering'
import { SubscriptionService } from '@purser/contracts/subscription/v1/subscription'
import { UserService } from '@purser/contracts/user/v1/user'
import { createInvoicingService } from '@purser/invoicing'
import { createMeteringService } from '@purser/metering'
import type { Service } from '@purser/rpc'
import { createSubscriptionService } from '@purser/subscription'
import { createUserService } from '@purser/user'
import type { Foundation } from './platform/foundation.ts'

/**
 * What runs where: the one page that says so. A service that this process runs is called directly, one that
 * another process runs is called over the network (`<SERVICE>_URL`); nothing else knows the difference.
 * Each service is made after those that it calls.
 */
export function createServices(on: Foundation): Service[] {
  const user = on.client(UserService)
  const metering = on.client(MeteringService)
  const subscription = on.client(SubscriptionService)
  const invoicing = on.client(InvoicingService)
  const { clock, log, metrics, limits, secret, issuer } = on
  return [
    on.hosts('user') && createUserService({ database: on.database('user'), clock, secret, issuer }),
    on.hosts('metering') &&
      createMeteringService({ database: on.database('metering'), clock, ...limits }),
    on.hosts('subscription') &&
      createSubscriptionService({
        database: on.database('subscription'),
        clock,
        clients: { user, metering },
      }),
    on.hosts('invoicing') &&
      createInvoicingService({ database: on.database('invoicing'), clock, clients: { user } }),
    on.hosts('billing') &&
      createBillingService({
        database: on.database('billing'),
        connection: on.connection('billing'),
        clock,
        log,
        metrics,
        clients: { user, metering, subscription, invoicing },
        runTimeoutMs: on.runTimeoutMs,
        ...limits,
      }),
  ].filter((service) => service !== false)
}

/** Contracts that the gateway offers to the outside. */
export const publicContracts = [
  UserService,
  MeteringService,
  SubscriptionService,
  InvoicingService,
  BillingService,
]
