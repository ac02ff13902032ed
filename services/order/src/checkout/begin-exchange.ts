import { hashTexts } from '@purser/idempotency'
import { assert, newId, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { OrderContext } from '../context.ts'
import type { Checkout, CheckoutRequest } from '../domain/checkout.ts'
import { firstStep } from '../domain/checkout-step.ts'
import type { Order, Units } from '../domain/order.ts'
import { unknownOrder } from '../orders/change-order.ts'
import { comingBack } from '../orders/take-back.ts'
import { findCheckoutByKey, insertCheckout } from '../store/checkout.ts'
import { toJson } from '../store/checkout-row.ts'
import { findOrder } from '../store/order.ts'
import { requireExchangeable } from './exchange.ts'

/** Which goods are exchanged for which, and what pays for the difference. */
export type WantedExchange = {
  tenant: string
  orderId: string
  idempotencyKey: string
  back: readonly Units[]
  replacement: readonly Units[]
  reason: string
  /** In minor units of `currency`; below zero for what is given back. */
  differenceMinor: bigint
  currency: string
} & Pick<CheckoutRequest, 'paymentMethod' | 'returnUrl'>

/**
 * The checkout of an exchange: a new one with its lease, or the one that is there for the key. `record` runs in the
 * transaction that begins it. Throws `resource.not_found`, `order.not_exchangeable`, `order.not_returnable`,
 * `order.price_changed` for another currency, `request.idempotency_mismatch`.
 */
export async function beginExchange(
  ctx: OrderContext,
  wanted: WantedExchange,
  record: (tx: Tx, at: Temporal.Instant) => Promise<void>,
): Promise<{ checkout: Checkout; isNew: boolean }> {
  const { tenant, orderId } = wanted
  const find = async (tx: Tx) => ({
    earlier: await findCheckoutByKey(tx, tenant, keyHashOf(wanted)),
    order: await findOrder(tx, tenant, orderId),
  })
  const { earlier, order } = await ctx.db.tx(tenant, find, { readOnly: true })
  if (order === undefined) throw unknownOrder()
  if (earlier) return { checkout: requireSame(wanted, earlier), isNew: false }
  const checkout = newCheckout(ctx, wanted, order)
  return await ctx.db.tx(tenant, async (tx) => {
    if (await insertCheckout(tx, tenant, checkout)) {
      await record(tx, checkout.createdAt)
      return { checkout, isNew: true }
    }
    const rival = await findCheckoutByKey(tx, tenant, keyHashOf(wanted))
    assert(rival, 'only a key keeps an exchange from being begun')
    return { checkout: requireSame(wanted, rival), isNew: false }
  })
}

function newCheckout(ctx: OrderContext, wanted: WantedExchange, order: Order): Checkout {
  const { back, replacement, reason, paymentMethod, returnUrl } = wanted
  const { orderId, currency, contact, shippingMethodKey: methodKey, shippingTitle: title } = order
  requireExchangeable(order)
  if (contact.recipient === '') {
    throw new PurserError('order.not_exchangeable', 'Nobody knows any more where the order went.')
  }
  comingBack(order, back)
  if (wanted.currency !== currency) {
    throw new PurserError('order.price_changed', `The order was paid in ${currency}.`)
  }
  const facts = {
    currency,
    lines: replacement.map(({ variantId, quantity }) => {
      return { kind: 'goods' as const, itemId: variantId, quantity }
    }),
    discountMinor: 0n,
    couponCode: '',
    shipping: { methodKey, title, priceMinor: 0n },
    exchange: { orderId, back, reason },
  }
  const expectedTotalMinor = wanted.differenceMinor
  const createdAt = ctx.clock.now().round('microsecond')
  return {
    checkoutId: newId('chk'),
    state: 'running',
    step: firstStep(facts),
    stepNumber: 1,
    version: 1,
    cartId: '',
    cartVersion: 0n,
    requestHash: requestHashOf(wanted),
    keyHash: keyHashOf(wanted),
    ownerHash: hashTexts(['exchange', orderId]),
    userId: order.userId,
    accountId: order.accountId,
    orderId: newId('ord'),
    paymentId: newId('pay'),
    request: { contact, shippingQuoteId: '', paymentMethod, returnUrl, expectedTotalMinor },
    facts,
    failure: undefined,
    isLeased: true,
    dueAt: createdAt.add({ milliseconds: ctx.leaseMs }),
    attemptCount: 0,
    createdAt,
    updatedAt: createdAt,
  }
}

function requireSame(wanted: WantedExchange, found: Checkout): Checkout {
  if (found.requestHash.equals(requestHashOf(wanted))) return found
  throw new PurserError(
    'request.idempotency_mismatch',
    'The key came with another request before; use a new key for a new request.',
  )
}

function requestHashOf(wanted: WantedExchange): Buffer {
  return hashTexts(['exchange', toJson(wanted)])
}

function keyHashOf({ orderId, idempotencyKey }: WantedExchange): Buffer {
  return hashTexts(['exchange', orderId, idempotencyKey])
}
