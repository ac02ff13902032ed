import { createHash } from 'node:crypto'
import { newId, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { asService, principalOf } from '@purser/rpc'
import type { CartContext } from '../context.ts'
import type { Cart } from '../domain/cart.ts'
import { type CartKey, lockCart, lockOrMakeOwnCart, type Moment } from '../store/cart.ts'
import { requireOpen, unknownCart } from './cart-refusals.ts'
import { type Edit, findCart, type Place } from './priced-cart.ts'

/** A cart that is about to be changed: as it is, and how to lock it. */
export type CartSource = Pick<Edit, 'before' | 'currency' | 'lock'>

/** What a token is stored as. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

/** The key of the cart that a token opens. */
export function guestKey({ cartId, cartToken }: { cartId: string; cartToken: string }): CartKey {
  return { kind: 'guest', cartId, tokenHash: hashToken(cartToken) }
}

/** A guest's open cart. Throws `resource.not_found` unless the token opens it, `cart.not_open`. */
export async function guestSource(
  ctx: CartContext,
  { tenant }: Place,
  claim: { cartId: string; cartToken: string },
): Promise<CartSource> {
  const key = guestKey(claim)
  const before = await findCart(ctx, tenant, key)
  if (before === undefined) throw unknownCart()
  requireOpen(before.cart)
  const lock = async (tx: Tx) => {
    const cart = await lockCart(tx, tenant, key)
    if (cart === undefined) throw unknownCart()
    requireOpen(cart)
    return cart
  }
  return { before, currency: before.cart.currency, lock }
}

/**
 * The caller's own cart, which is made when it is locked and there is none: then in `currency`, or in the
 * shop's own. Throws `resource.not_found` for a caller who is no person.
 */
export async function ownSource(
  ctx: CartContext,
  place: Place,
  currencyOfNew = '',
): Promise<CartSource> {
  return await personSource(ctx, place, { userId: requirePerson(place), currencyOfNew })
}

/** The cart of a person, as `ownSource`. */
export async function personSource(
  ctx: CartContext,
  place: Place,
  { userId, currencyOfNew }: { userId: string; currencyOfNew: string },
): Promise<CartSource> {
  const { tenant } = place
  const before = await findCart(ctx, tenant, { kind: 'own', userId })
  const currency = before?.cart.currency ?? (currencyOfNew || (await shopCurrency(ctx, place)))
  const lock = (tx: Tx, moment: Moment) =>
    lockOrMakeOwnCart(tx, tenant, newCart({ userId, currency }, moment))
  return { before, currency, lock }
}

/** An empty cart that is not stored yet. */
export function newCart(
  { userId, currency }: Pick<Cart, 'userId' | 'currency'>,
  { now, expireAt }: Moment,
): Cart {
  return {
    cartId: newId('cart'),
    state: 'open',
    version: 1n,
    currency,
    userId,
    note: '',
    createdAt: now,
    updatedAt: now,
    expireAt,
  }
}

/** Id of the person who calls; keys and services have no cart. Throws `resource.not_found`. */
export function requirePerson({ call }: Place): string {
  const { kind, id } = principalOf(call)
  if (kind === 'user') return id
  const message = 'Only a person who is signed in has a cart of their own.'
  throw new PurserError('resource.not_found', message)
}

/** The currency that a shop sells in unless told otherwise. */
export async function shopCurrency(ctx: CartContext, { tenant, call }: Place): Promise<string> {
  const options = asService('cart', tenant, { context: call })
  const settings = await ctx.clients.catalog.getCatalogSettings({ tenant }, options)
  return settings.defaultCurrency
}
