import { createBillingService } from '@purser/billing'
import { createCartService } from '@purser/cart'
import { createCatalogService } from '@purser/catalog'
import { BillingService } from '@purser/contracts/billing/v1/billing'
import { CartService } from '@purser/contracts/cart/v1/cart'
import { CatalogService } from '@purser/contracts/catalog/v1/catalog'
import { InvoicingService } from '@purser/contracts/invoicing/v1/invoicing'
import { MeteringService } from '@purser/contracts/metering/v1/metering'
import { NotificationService } from '@purser/contracts/notification/v1/notification'
import { OrderService } from '@purser/contracts/order/v1/order'
import { PaymentService } from '@purser/contracts/payment/v1/payment'
import { ShippingService } from '@purser/contracts/shipping/v1/shipping'
import { SubscriptionService } from '@purser/contracts/subscription/v1/subscription'
import { UserService } from '@purser/contracts/user/v1/user'
import { createInvoicingService } from '@purser/invoicing'
import { createMeteringService } from '@purser/metering'
import { createNotificationService } from '@purser/notification'
import { createOrderService } from '@purser/order'
import { createPaymentService } from '@purser/payment'
import type { Service } from '@purser/rpc'
import { createShippingService } from '@purser/shipping'
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
  const notification = on.client(NotificationService)
  const metering = on.client(MeteringService)
  const subscription = on.client(SubscriptionService)
  const invoicing = on.client(InvoicingService)
  const payment = on.client(PaymentService)
  const shipping = on.client(ShippingService)
  const cart = on.client(CartService)
  const order = on.client(OrderService)
  const { clock, limits, secret, issuer } = on
  return [
    on.hosts('user') &&
      createUserService({
        ...ownOf(on, 'user'),
        secret,
        issuer,
        clients: { notification },
        relyingParty: on.relyingParty,
        webUrl: on.webUrl,
        ssoOnLoopback: on.ssoOnLoopback,
        neighbours: {
          subscription,
          metering,
          holders: [
            { service: 'notification', client: notification },
            { service: 'invoicing', client: invoicing },
            { service: 'payment', client: payment },
            { service: 'shipping', client: shipping },
            { service: 'cart', client: cart },
            { service: 'order', client: order },
            { service: 'subscription', client: subscription },
            { service: 'metering', client: metering },
          ],
        },
      }),
    on.hosts('notification') &&
      createNotificationService({
        ...ownOf(on, 'notification'),
        bus: on.bus,
        clients: { user },
        secret,
        mail: on.mail,
      }),
    on.hosts('metering') &&
      createMeteringService({ ...meteringOf(on), neighbours: { user }, ...limits }),
    on.hosts('subscription') &&
      createSubscriptionService({
        ...ownOf(on, 'subscription'),
        bus: on.bus,
        clients: { user, metering },
      }),
    on.hosts('invoicing') &&
      createInvoicingService({ database: on.database('invoicing'), clock, clients: { user } }),
    on.hosts('billing') &&
      createBillingService({
        ...ownOf(on, 'billing'),
        clients: { user, metering, subscription, invoicing },
        runTimeoutMs: on.runTimeoutMs,
        ...limits,
      }),
    ...commerceServices(on),
  ].filter((service) => service !== false)
}

/** Goods, and the money for them. */
function commerceServices(on: Foundation) {
  const clients = { user: on.client(UserService) }
  const { secret, webUrl } = on
  return [
    on.hosts('catalog') && createCatalogService(ownOf(on, 'catalog')),
    on.hosts('shipping') && createShippingService({ ...ownOf(on, 'shipping'), secret }),
    on.hosts('payment') &&
      createPaymentService({
        ...ownOf(on, 'payment'),
        clients,
        secret,
        webUrl,
      }),
    on.hosts('cart') &&
      createCartService({
        ...ownOf(on, 'cart'),
        clients: {
          ...clients,
          catalog: on.client(CatalogService),
          subscription: on.client(SubscriptionService),
        },
      }),
    on.hosts('order') &&
      createOrderService({ ...ownOf(on, 'order'), bus: on.bus, clients: orderClients(on) }),
  ]
}

/** The services that a checkout calls, who invoices orders, and who sends mails. */
function orderClients(on: Foundation) {
  return {
    invoicing: on.client(InvoicingService),
    notification: on.client(NotificationService),
    user: on.client(UserService),
    cart: on.client(CartService),
    catalog: on.client(CatalogService),
    shipping: on.client(ShippingService),
    payment: on.client(PaymentService),
    subscription: on.client(SubscriptionService),
  }
}

/** What metering works with: it tells its failures, and may count in Redis. */
function meteringOf(on: Foundation) {
  const { clock, log, countersUrl } = on
  return { database: on.database('metering'), clock, log, countersUrl }
}

/** What a service with jobs works with: its own database, and what the process shares. */
function ownOf(on: Foundation, service: string) {
  const { clock, log, metrics } = on
  const [database, connection] = [on.database(service), on.connection(service)]
  return { database, connection, clock, log, metrics }
}

/** Contracts that the gateway offers to the outside. */
export const publicContracts = [
  UserService,
  NotificationService,
  MeteringService,
  SubscriptionService,
  InvoicingService,
  BillingService,
  CatalogService,
  ShippingService,
  PaymentService,
  CartService,
  OrderService,
]
