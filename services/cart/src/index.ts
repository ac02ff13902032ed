import { CartService } from '@purser/contracts/cart/v1/cart'
import { createActs } from '@purser/idempotency'
import { createJobs } from '@purser/jobs'
import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { Service, ServiceManifest } from '@purser/rpc'
import type { Logger, Metrics } from '@purser/runtime'
import type { CartContext } from './context.ts'
import { expireCartsJob } from './jobs/expire-carts.ts'
import type { AddCartJob, CartTasks } from './jobs/tasks.ts'
import { closeCart } from './rpc/close-cart.ts'
import { couponMethods } from './rpc/coupon-methods.ts'
import { fillCart } from './rpc/fill-cart.ts'
import { guestMethods } from './rpc/guest-methods.ts'
import { listCarts } from './rpc/list-carts.ts'
import { mergeCart } from './rpc/merge-cart.ts'
import { ownMethods } from './rpc/own-methods.ts'
import { personalDataMethods } from './rpc/personal-data.ts'
import { readCart } from './rpc/read-cart.ts'
import { releaseCoupon } from './rpc/release-coupon.ts'
import { reopenCart } from './rpc/reopen-cart.ts'

/** What the composition root needs to know of the service before it exists. */
export const cartManifest: ServiceManifest = {
  name: 'cart',
  descriptor: CartService,
  migrationsDir: new URL('../migrations/', import.meta.url),
  keepsPlans: true,
  jobsSchema: 'cart_jobs',
  calls: ['user', 'catalog', 'subscription'],
  publishesEvents: true,
  grpcPort: 50053,
}

/** What the service is given. */
export type CartDeps = {
  database: Database
  /** How its job worker reaches the database. */
  connection: { url: string; role: string; password: string }
  clock: Clock
  log: Logger
  metrics: Metrics
  clients: CartContext['clients']
  /** How long a cart lives after it was changed last, in milliseconds; 30 days unless given. */
  timeToLiveMs?: number
}

const TIME_TO_LIVE_MS = 30 * 24 * 60 * 60 * 1_000

/** Carts of guests and shoppers with goods and plans, their coupons, and what a checkout does with them. */
export function createCartService(deps: CartDeps): Service {
  const { clock, log, metrics, clients, timeToLiveMs = TIME_TO_LIVE_MS } = deps
  const { database: db, define } = createActs({ database: deps.database, clock })
  const addJob: AddCartJob = (tx, task, payload, options) => jobs.add(tx, task, payload, options)
  const ctx: CartContext = { db, clock, clients, timeToLiveMs }
  const expiry = expireCartsJob(ctx, addJob)
  const jobs = createJobs<CartTasks>({
    ...deps.connection,
    schema: 'cart_jobs',
    tasks: { 'expire-carts': expiry.handler },
    log,
    metrics,
  })
  return {
    manifest: cartManifest,
    definition: define(CartService, {
      ...guestMethods(ctx),
      ...ownMethods(ctx),
      mergeCart: mergeCart(ctx),
      listCarts: listCarts(ctx),
      ...couponMethods(ctx),
      readCart: readCart(ctx),
      fillCart: fillCart(ctx),
      closeCart: closeCart(ctx),
      reopenCart: reopenCart(ctx),
      releaseCoupon: releaseCoupon(ctx),
      ...personalDataMethods(ctx),
    }),
    components: [expiry.first, jobs],
  }
}
