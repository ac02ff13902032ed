import type { Cart } from '@purser/contracts/cart/v1/contents'
import { hashTexts } from '@purser/idempotency'
import { assert, newId, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { OrderContext } from '../context.ts'
import { type Checkout, type CheckoutRequest, hasEnded } from '../domain/checkout.ts'
import { firstStep } from '../domain/checkout-step.ts'
import { isPlan } from '../domain/price-checkout.ts'
import { findCheckoutByKey, findCheckoutOfCart, insertCheckout } from '../store/checkout.ts'
import { toJson } from '../store/checkout-row.ts'
import { asCheckout } from './call-as-checkout.ts'
import type { Owner } from './owner.ts'
import { factsOf, readCart } from './read-cart.ts'
import { definiteRefusal } from './refusal.ts'

/** What is asked for, and by whom. */
export type Wanted = {
  tenant: string
  owner: Owner
  cartId: string
  /** Empty without one. */
  idempotencyKey: string
  expectedCurrency: string
  request: CheckoutRequest
}

/**
 * A checkout of the cart: a new one with its lease, or the one that is there for the key or the cart.
 * Throws `request.idempotency_mismatch`, `order.checkout_running` while another purchase of the cart
 * is under way, `order.cart_empty`, `order.price_changed` for another currency,
 * `order.account_required`, and what ReadCart refuses.
 */
export async function beginCheckout(
  ctx: OrderContext,
  wanted: Wanted,
): Promise<{ checkout: Checkout; isNew: boolean }> {
  const cart = await openCart(ctx, wanted)
  if (cart === undefined) return { checkout: await boughtBefore(ctx, wanted), isNew: false }
  const checkout = await newCheckout(ctx, wanted, cart)
  return await ctx.db.tx(wanted.tenant, async (tx) => {
    if (await insertCheckout(tx, wanted.tenant, checkout)) return { checkout, isNew: true }
    const rival = await findRival(tx, wanted)
    // Whatever kept this one from being inserted has ended since: the cart can be bought anew.
    if (rival === undefined) throw running()
    return { checkout: requireSame(wanted, rival), isNew: false }
  })
}

/** The cart; undefined when it is no longer open, and so may have been bought. */
async function openCart(ctx: OrderContext, wanted: Wanted): Promise<Cart | undefined> {
  const { tenant, cartId, owner } = wanted
  try {
    return await readCart(ctx, tenant, cartId, owner)
  } catch (error) {
    if (definiteRefusal(error)?.code === 'cart.not_open') return undefined
    throw error
  }
}

async function boughtBefore(ctx: OrderContext, wanted: Wanted): Promise<Checkout> {
  const find = (tx: Tx) => findRival(tx, wanted)
  const found = await ctx.db.tx(wanted.tenant, find, { readOnly: true })
  if (found) return requireSame(wanted, found)
  throw new PurserError('cart.not_open', 'The cart is no longer open.')
}

async function findRival(tx: Tx, wanted: Wanted): Promise<Checkout | undefined> {
  const { tenant, cartId, owner } = wanted
  const keyHash = keyHashOf(wanted)
  const ofKey = keyHash && (await findCheckoutByKey(tx, tenant, keyHash))
  return ofKey ?? (await findCheckoutOfCart(tx, tenant, { cartId, ownerHash: owner.hash }))
}

/** A cart is bought once: whoever asks for it again, in whatever words, is answered its order. */
function requireSame(wanted: Wanted, found: Checkout): Checkout {
  if (found.requestHash.equals(requestHashOf(wanted))) return found
  const keyHash = keyHashOf(wanted)
  if (keyHash && found.keyHash?.equals(keyHash)) {
    throw new PurserError(
      'request.idempotency_mismatch',
      'The key came with another request before; use a new key for a new request.',
    )
  }
  if (!hasEnded(found.state)) throw running()
  return found
}

async function newCheckout(ctx: OrderContext, wanted: Wanted, cart: Cart): Promise<Checkout> {
  const { tenant, owner, request, expectedCurrency } = wanted
  const facts = factsOf(cart)
  if (facts.currency !== expectedCurrency) {
    throw new PurserError('order.price_changed', `The cart is in ${facts.currency}.`)
  }
  const accountId = await accountOf(ctx, tenant, owner)
  const needsAccount = facts.lines.some(isPlan) || request.paymentMethod.kind === 'kept'
  if (needsAccount && accountId === '') {
    const message = 'Plans and kept cards belong to an account: sign in with one.'
    throw new PurserError('order.account_required', message)
  }
  const createdAt = ctx.clock.now().round('microsecond')
  return {
    checkoutId: newId('chk'),
    state: 'running',
    step: firstStep(facts),
    stepNumber: 1,
    version: 1,
    cartId: cart.cartId,
    cartVersion: cart.version,
    requestHash: requestHashOf(wanted),
    keyHash: keyHashOf(wanted),
    ownerHash: owner.hash,
    userId: owner.userId,
    accountId,
    orderId: newId('ord'),
    paymentId: newId('pay'),
    request,
    facts,
    failure: undefined,
    isLeased: true,
    dueAt: createdAt.add({ milliseconds: ctx.leaseMs }),
    attemptCount: 0,
    createdAt,
    updatedAt: createdAt,
  }
}

/** Account of the person; empty for a guest, and for somebody without one. */
async function accountOf(ctx: OrderContext, tenant: string, { userId }: Owner): Promise<string> {
  if (userId === '') return ''
  const user = await ctx.clients.user.getUser({ tenant, userId }, asCheckout(ctx, tenant))
  assert(user.userId === userId, 'the person who was asked for is answered')
  return user.accountId
}

function requestHashOf({ cartId, expectedCurrency, request }: Wanted): Buffer {
  return hashTexts([cartId, expectedCurrency, toJson(request)])
}

function keyHashOf({ owner, idempotencyKey }: Wanted): Buffer | undefined {
  if (idempotencyKey === '') return undefined
  return hashTexts([owner.hash.toString('hex'), idempotencyKey])
}

function running(): PurserError {
  return new PurserError(
    'order.checkout_running',
    'The cart is being bought by another request; try again in a moment.',
  )
}
