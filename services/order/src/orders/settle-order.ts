import { RefundState } from '@purser/contracts/payment/v1/payment'
import { assert, newId } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { asCheckout } from '../checkout/call-as-checkout.ts'
import { definiteRefusal } from '../checkout/refusal.ts'
import { refundPayment } from '../checkout/refund-payment.ts'
import type { OrderContext } from '../context.ts'
import { isUndone, unsentLines } from '../domain/fulfilment.ts'
import type { Order, OrderRefund, OrderReturn } from '../domain/order.ts'
import { packedUnits, type Shipped } from '../domain/parcel.ts'
import { publishOrderRefunded } from '../events.ts'
import { findOrder, lockOrder, moveOrder } from '../store/order.ts'
import { listRefunds, listReturns, noteRestocked, settleRefund } from '../store/order-work.ts'
import { listParcels } from '../store/parcel.ts'
import { type Change, settleLater } from './change-order.ts'
import { shipmentsOf } from './shipments-of.ts'
import { takeBack } from './take-back.ts'

/** States from which an order whose money has all gone back is `refunded`. */
const refundable: ReadonlySet<Order['state']> = new Set([
  'paid',
  'fulfilling',
  'shipped',
  'delivered',
  'completed',
])

/** States in which not all of an order has left. */
const isUnsent: ReadonlySet<Order['state']> = new Set(['paid', 'fulfilling'])

/**
 * Brings money, goods, subscriptions and the coupon of an order back as its rows say: each under a key of its
 * own, so that repeating acts once. Throws when something is not known yet, to be tried again.
 */
export async function settleOrder(
  ctx: OrderContext,
  tenant: string,
  orderId: string,
): Promise<void> {
  const { order, refunds, returns } = await readWork(ctx, tenant, orderId)
  const open = refunds.filter(({ state }) => state === 'open')
  const absent = returns.filter(({ isRestocked }) => !isRestocked)
  // None keeps the others waiting.
  const outcomes = await Promise.allSettled([
    ...open.map((each) => refund(ctx, tenant, each)),
    ...absent.map((each) => restock(ctx, tenant, each)),
    ...(order.state === 'canceled' ? [endSubscriptions(ctx, tenant, order)] : []),
    ...(order.discountMinor > 0n && isUndone(order) ? [releaseCoupon(ctx, tenant, orderId)] : []),
  ])
  const errors = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
  if (errors.length > 0) throw new AggregateError(errors, `order ${orderId} is not settled yet`)
}

async function readWork(ctx: OrderContext, tenant: string, orderId: string) {
  const read = async (tx: Tx) => {
    const order = await findOrder(tx, tenant, orderId)
    assert(order, 'orders are never removed')
    const refunds = await listRefunds(tx, tenant, orderId)
    return { order, refunds, returns: await listReturns(tx, tenant, orderId) }
  }
  return await ctx.db.tx(tenant, read, { readOnly: true })
}

async function restock(
  ctx: OrderContext,
  tenant: string,
  { returnId: restockId, orderId, lines }: OrderReturn,
): Promise<void> {
  const goods = lines.map(({ variantId, quantity }) => ({ variantId, quantity: BigInt(quantity) }))
  const request = { tenant, orderId, restockId, lines: goods }
  await ctx.clients.catalog.restock(request, asCheckout(ctx, tenant))
  await ctx.db.tx(tenant, (tx) => noteRestocked(tx, tenant, restockId))
}

/** Whoever has the coupon can use it again: the order of its discount came to nothing. */
async function releaseCoupon(ctx: OrderContext, tenant: string, orderId: string): Promise<void> {
  await ctx.clients.cart.releaseCoupon({ tenant, orderId }, asCheckout(ctx, tenant))
}

/** Ends subscriptions at their start, so that nothing is billed; now, when a later period has begun. */
async function endSubscriptions(ctx: OrderContext, tenant: string, order: Order): Promise<void> {
  const { subscription } = ctx.clients
  const as = asCheckout(ctx, tenant)
  for (const { subscriptionId } of order.lines) {
    if (subscriptionId === '') continue
    const request = { tenant, subscriptionId }
    const { startTime } = await subscription.getSubscription(request, as)
    assert(startTime, 'a subscription has a start')
    await subscription
      .cancelSubscription({ ...request, endTime: startTime }, as)
      .catch(async (error: unknown) => {
        if (definiteRefusal(error)?.code !== 'request.invalid') throw error
        await subscription.cancelSubscription(request, as)
      })
  }
}

async function refund(
  ctx: OrderContext,
  tenant: string,
  { refundId, orderId, paymentId, amountMinor, currency, reason }: OrderRefund,
): Promise<void> {
  const amount = { amountCents: amountMinor, currency }
  const request = { tenant, paymentId, idempotencyKey: refundId, amount, reason }
  const answer = await refundPayment(ctx, tenant, request).catch((error: unknown) => {
    const refusal = definiteRefusal(error)
    if (refusal === undefined || refusal.code === 'payment.outcome_unknown') throw error
    return { state: RefundState.FAILED, failureCode: refusal.code }
  })
  const { state, failureCode } = answer
  if (state === RefundState.SUCCEEDED || state === RefundState.FAILED) {
    const outcome = state === RefundState.SUCCEEDED ? ('succeeded' as const) : ('failed' as const)
    await book(ctx, tenant, { orderId, refundId, amountMinor, outcome, failureCode })
    return
  }
  throw new Error(`nobody knows yet what became of refund ${refundId}`)
}

type Outcome = {
  orderId: string
  refundId: string
  amountMinor: bigint
  outcome: 'succeeded' | 'failed'
  failureCode: string
}

async function book(ctx: OrderContext, tenant: string, settled: Outcome): Promise<void> {
  const { orderId, refundId, amountMinor, outcome: state, failureCode } = settled
  const at = ctx.clock.now({ tenantId: tenant }).round('microsecond')
  if (state === 'failed') {
    ctx.log.warn({ tenant, orderId, refundId, failureCode }, 'a refund was refused for good')
  }
  const shipments = state === 'succeeded' ? await shipmentsOf(ctx, tenant, orderId) : []
  await ctx.db.tx(tenant, async (tx) => {
    await lockOrder(tx, tenant, orderId)
    const isNews = await settleRefund(tx, tenant, refundId, { state, failureCode, at })
    if (!isNews || state === 'failed') return
    const order = await findOrder(tx, tenant, orderId)
    assert(order, 'an order that is locked is there')
    const isAll = order.refundedMinor === order.paidMinor && refundable.has(order.state)
    const cause = `refund:${refundId}`
    const move = { from: order.state, through: ['refunded'] as const, cause, at }
    const moved = isAll ? await moveOrder(tx, tenant, orderId, move) : undefined
    await publishOrderRefunded(tx, tenant, moved ?? order, { refundId, amountMinor })
    if (moved === undefined || !isUnsent.has(order.state)) return
    await keepUnsent(ctx, { tx, tenant, order: moved, cause, at }, shipments)
  })
}

/** Puts what is in no parcel of an order whose money all went back on the shelf again: it is never sent. */
async function keepUnsent(
  ctx: OrderContext,
  change: Change,
  shipments: readonly Shipped[],
): Promise<void> {
  const { tx, tenant, order } = change
  const packed = packedUnits(await listParcels(tx, tenant, order.orderId), shipments)
  const parts = unsentLines(order, packed)
  if (parts.length === 0) return
  const reason = 'refunded before it was sent'
  await takeBack(change, parts, { returnId: newId('ret'), refundId: '', reason })
  await settleLater(ctx, tx, tenant, order.orderId)
}
