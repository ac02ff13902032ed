import type { HandlerContext } from '@connectrpc/connect'
import type { Tx } from '@purser/postgres'
import type { CartContext } from '../context.ts'
import type { Thing, WholeCart } from '../domain/cart.ts'
import { Offers } from '../domain/offer.ts'
import { type PricedCart, priceCart } from '../domain/price-cart.ts'
import {
  type CartKey,
  findWholeCart,
  type Moment,
  readLockedCart,
  touchCart,
} from '../store/cart.ts'
import { cartChanged } from './cart-refusals.ts'
import { loadOffers } from './load-offers.ts'

/** Tenant of a request, and the call that it came by. */
export type Place = { tenant: string; call: HandlerContext }

/** The present, and until when a cart lives that is changed now. */
export function momentOf(ctx: CartContext, tenant: string): Moment {
  const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
  return { now, expireAt: now.add({ milliseconds: ctx.timeToLiveMs }) }
}

/** The cart that is meant, if there is one. */
export async function findCart(
  ctx: CartContext,
  tenant: string,
  key: CartKey,
): Promise<WholeCart | undefined> {
  const find = (tx: Tx) => findWholeCart(tx, tenant, key)
  return await ctx.db.tx(tenant, find, { readOnly: true, isSingle: true })
}

/** A cart at the prices of this moment. Changes nothing. */
export async function pricedCart(
  ctx: CartContext,
  place: Place,
  whole: WholeCart,
  offers: Offers = new Offers(whole.cart.currency),
): Promise<PricedCart> {
  await loadOffers(ctx, place, offers, whole.items)
  return priceCart(whole, offers, ctx.clock.now({ tenantId: place.tenant }))
}

/** One change of a cart. */
export type Edit = {
  /** The cart as it is, to ask for prices before it is locked; undefined for one that will be made. */
  before: WholeCart | undefined
  /** Currency that the cart will have. */
  currency: string
  /** What else prices are asked for, beside what is in the cart. */
  things?: readonly Thing[]
  /** Locks the cart, or makes it. */
  lock: (tx: Tx, moment: Moment) => Promise<{ cartId: string }>
  /** Changes the locked cart; false for a change that turns out to be none. */
  work: (tx: Tx, cartId: string, offers: Offers) => Promise<boolean>
  /** Judges the cart as it came to be; when it throws, nothing was changed. */
  check?: (whole: WholeCart) => void
}

/**
 * Changes a cart and answers it at the prices of this moment. Prices are asked for first, so that no lock is
 * held meanwhile; a line that another call puts in at this very moment is asked for afterwards. Throws
 * `cart.changed` when another call changed the currency.
 */
export async function editCart(ctx: CartContext, place: Place, edit: Edit): Promise<PricedCart> {
  const { tenant } = place
  const offers = new Offers(edit.currency)
  await loadOffers(ctx, place, offers, [...(edit.before?.items ?? []), ...(edit.things ?? [])])
  const after = await ctx.db.tx(tenant, async (tx) => {
    const moment = momentOf(ctx, tenant)
    const { cartId } = await edit.lock(tx, moment)
    if (await edit.work(tx, cartId, offers)) await touchCart(tx, tenant, cartId, moment)
    const whole = await readLockedCart(tx, tenant, cartId)
    if (whole.cart.currency !== edit.currency) throw cartChanged()
    edit.check?.(whole)
    return whole
  })
  return await pricedCart(ctx, place, after, offers)
}
