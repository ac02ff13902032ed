import { OrderService } from '@purser/contracts/order/v1/order'
import type { Bus } from '@purser/events'
import { createActs, recordsItself } from '@purser/idempotency'
import { createJobs } from '@purser/jobs'
import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { Service, ServiceManifest } from '@purser/rpc'
import type { Logger, Metrics } from '@purser/runtime'
import type { CheckoutPoint, OrderClients, OrderContext } from './context.ts'
import { mailOrder } from './jobs/mail-order.ts'
import { sweep } from './jobs/sweep.ts'
import type { AddOrderJob, OrderTasks } from './jobs/tasks.ts'
import { settleOrder } from './orders/settle-order.ts'
import { invoiceOrders } from './on/invoice-orders.ts'
import { mailWhatHappened } from './on/mail-what-happened.ts'
import { onShipmentFailed } from './on/shipment-failed.ts'
import { onShipmentMoved } from './on/shipment-moved.ts'
import { cancelOrder, cancelOwnOrder } from './rpc/cancel-order.ts'
import { cancelParcel } from './rpc/cancel-parcel.ts'
import { getCheckout, listCheckouts } from './rpc/checkout-records.ts'
import { completeOrder } from './rpc/complete-order.ts'
import { continueCheckout, continueGuestCheckout } from './rpc/continue-checkout.ts'
import { exchangeOrder } from './rpc/exchange-order.ts'
import { personalDataMethods } from './rpc/personal-data.ts'
import { placeGuestOrder, placeOrder } from './rpc/place-order.ts'
import { quoteCheckout, quoteGuestCheckout } from './rpc/quote-checkout.ts'
import { getOrder, getOwnOrder, listOrders, listOwnOrders, lookUpOrder } from './rpc/read-orders.ts'
import { refundOrder } from './rpc/refund-order.ts'
import { reorderGuestOrder, reorderOwnOrder } from './rpc/reorder.ts'
import { returnOrder } from './rpc/return-order.ts'
import { shipOrder } from './rpc/ship-order.ts'
import { updateOrderAddress, updateOwnOrderAddress } from './rpc/update-order-address.ts'

export type { CheckoutPoint, OrderClients } from './context.ts'
export { checkoutSteps } from './domain/checkout-step.ts'

/** What the composition root needs to know of the service before it exists. */
export const orderManifest: ServiceManifest = {
  name: 'order',
  descriptor: OrderService,
  migrationsDir: new URL('../migrations/', import.meta.url),
  keepsPlans: true,
  jobsSchema: 'order_jobs',
  hears: ['shipping'],
  calls: [
    'user',
    'notification',
    'subscription',
    'invoicing',
    'catalog',
    'shipping',
    'payment',
    'cart',
  ],
  publishesEvents: true,
  grpcPort: 50055,
}

/** What the service is given. */
export type OrderDeps = {
  database: Database
  /** How its job worker reaches the database. */
  connection: { url: string; role: string; password: string }
  clock: Clock
  log: Logger
  metrics: Metrics
  /** Where shipping tells what becomes of parcels. */
  bus: Bus
  clients: OrderClients
  /** How long a worker has a checkout to itself after each step, in milliseconds; 30,000 unless given. */
  leaseMs?: number
  /** Bound of one call of another service, in milliseconds; 20,000 unless given. */
  callTimeoutMs?: number
  /** Pause between two sweeps over checkouts that are due, in milliseconds; 2,000 unless given. */
  sweepPauseMs?: number
  /** Where crash tests stop a checkout: called at each named point, whatever it throws is a crash. */
  reach?: (point: CheckoutPoint) => Promise<void>
}

const LEASE_MS = 30_000
const CALL_TIMEOUT_MS = 20_000
const SWEEP_PAUSE_MS = 2_000

/** Checkout as a persistent saga, orders and what becomes of them. */
export function createOrderService(deps: OrderDeps): Service {
  const { clock, log, metrics, clients, reach = async () => {} } = deps
  const { database: db, define } = createActs({ database: deps.database, clock })
  const addJob: AddOrderJob = (tx, task, payload, options) => jobs.add(tx, task, payload, options)
  const ctx: OrderContext = {
    db,
    clock,
    log,
    clients,
    addJob,
    leaseMs: deps.leaseMs ?? LEASE_MS,
    callTimeoutMs: deps.callTimeoutMs ?? CALL_TIMEOUT_MS,
    reach,
  }
  const sweeping = sweep(ctx, { pauseMs: deps.sweepPauseMs ?? SWEEP_PAUSE_MS })
  const jobs = createJobs<OrderTasks>({
    ...deps.connection,
    schema: 'order_jobs',
    tasks: {
      sweep: sweeping.handler,
      mail: mailOrder(ctx),
      settle: ({ payload }) => settleOrder(ctx, payload.tenant, payload.orderId),
    },
    log,
    metrics,
  })
  deps.bus.subscribe(onShipmentMoved(deps.database, 'shipped'))
  deps.bus.subscribe(onShipmentMoved(deps.database, 'delivered'))
  deps.bus.subscribe(onShipmentFailed(deps.database, 'failed'))
  deps.bus.subscribe(onShipmentFailed(deps.database, 'returned'))
  for (const subscription of mailWhatHappened({ db: deps.database, addJob })) {
    deps.bus.subscribe(subscription)
  }
  for (const forwarding of invoiceOrders(ctx, deps.database)) deps.bus.forward(forwarding)
  return {
    manifest: orderManifest,
    definition: define(OrderService, methodsOf(ctx)),
    components: [sweeping.first, jobs],
  }
}

function methodsOf(ctx: OrderContext) {
  return {
    quoteCheckout: quoteCheckout(ctx),
    quoteGuestCheckout: quoteGuestCheckout(ctx),
    placeOrder: placeOrder(ctx),
    placeGuestOrder: placeGuestOrder(ctx),
    continueCheckout: continueCheckout(ctx),
    continueGuestCheckout: continueGuestCheckout(ctx),
    getCheckout: getCheckout(ctx),
    listCheckouts: listCheckouts(ctx),
    getOrder: getOrder(ctx),
    listOrders: listOrders(ctx),
    getOwnOrder: getOwnOrder(ctx),
    listOwnOrders: listOwnOrders(ctx),
    lookUpOrder: lookUpOrder(ctx),
    cancelOrder: cancelOrder(ctx),
    cancelOwnOrder: cancelOwnOrder(ctx),
    refundOrder: refundOrder(ctx),
    returnOrder: returnOrder(ctx),
    exchangeOrder: recordsItself(exchangeOrder(ctx)),
    reorderOwnOrder: reorderOwnOrder(ctx),
    reorderGuestOrder: reorderGuestOrder(ctx),
    updateOrderAddress: updateOrderAddress(ctx),
    updateOwnOrderAddress: updateOwnOrderAddress(ctx),
    shipOrder: recordsItself(shipOrder(ctx)),
    cancelParcel: cancelParcel(ctx),
    completeOrder: completeOrder(ctx),
    ...personalDataMethods(ctx),
  }
}
