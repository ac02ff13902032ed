import { assert, newId, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { CartContext } from '../context.ts'
import { MAX_QUANTITY, type Thing } from '../domain/cart.ts'
import { checkLimits, quantityTooLarge } from '../domain/check-limits.ts'
import { couponObstacle, normalizeCode } from '../domain/coupon.ts'
import type { Offers } from '../domain/offer.ts'
import type { PricedCart } from '../domain/price-cart.ts'
import { updateCart } from '../store/cart.ts'
import { addItem, removeItem, seePrices, setItemQuantity } from '../store/cart-item.ts'
import { findCoupon } from '../store/coupon.ts'
import { unknownItem } from './cart-refusals.ts'
import type { CartSource } from './cart-source.ts'
import { couponNotValid } from './coupon-not-valid.ts'
import { editCart, type Place } from './priced-cart.ts'
import { priceToAdd } from './price-to-add.ts'

/**
 * Adds units; those of the same thing add up. Throws what `priceToAdd` and `checkLimits` throw, and
 * `request.invalid` for several of a plan.
 */
export async function addToCart(
  ctx: CartContext,
  place: Place,
  source: CartSource,
  { thing, quantity }: { thing: Thing; quantity: bigint },
): Promise<PricedCart> {
  if (thing.kind === 'plan') requireOne(quantity)
  return await editCart(ctx, place, {
    ...source,
    things: [thing],
    work: async (tx, cartId, offers) => {
      const seenMinor = priceToAdd(thing, offers.get(thing))
      const seen = { seenMinor, seenCurrency: offers.currency }
      const item = { itemId: newId('item'), ...thing, quantity, ...seen }
      const limit = { item, maxQuantity: MAX_QUANTITY }
      if (!(await addItem(tx, place.tenant, cartId, limit))) throw quantityTooLarge()
      return true
    },
    check: ({ items }) => checkLimits(items),
  })
}

/**
 * Sets the units of a line, and notes its price. Throws `resource.not_found`, `request.invalid` for several
 * of a plan.
 */
export async function setQuantity(
  ctx: CartContext,
  place: Place,
  source: CartSource,
  { itemId, quantity }: { itemId: string; quantity?: bigint },
): Promise<PricedCart> {
  assert(quantity !== undefined, 'the contract requires a quantity')
  const known = source.before?.items.find((item) => item.itemId === itemId)
  if (known === undefined) throw unknownItem()
  if (known.kind === 'plan') requireOne(quantity)
  return await editCart(ctx, place, {
    ...source,
    work: async (tx, cartId, offers) => {
      const isThere = await setItemQuantity(tx, place.tenant, cartId, { itemId, quantity })
      if (!isThere) throw unknownItem()
      await noteThePrices(tx, { tenant: place.tenant, cartId }, [known], offers)
      return true
    },
  })
}

/** Takes a line out, if it is there. */
export async function takeOut(
  ctx: CartContext,
  place: Place,
  source: CartSource,
  itemId: string,
): Promise<PricedCart> {
  return await editCart(ctx, place, {
    ...source,
    work: async (tx, cartId) => await removeItem(tx, place.tenant, cartId, itemId),
  })
}

/** What the owner of a cart says of it: texts and currency that are left out stay. */
export type CartChanges = {
  note?: string | undefined
  couponCode?: string | undefined
  currency: string
  acceptPrices: boolean
}

/** Changes note, coupon and currency, and notes prices. Throws `cart.coupon_not_valid`. */
export async function changeCart(
  ctx: CartContext,
  place: Place,
  source: CartSource,
  changes: CartChanges,
): Promise<PricedCart> {
  const { tenant } = place
  const { note, couponCode, acceptPrices } = changes
  return await editCart(ctx, place, {
    ...source,
    currency: changes.currency || source.currency,
    work: async (tx, cartId, offers) => {
      const coupon =
        couponCode === undefined ? undefined : await usable(ctx, tx, tenant, couponCode)
      const currency = changes.currency || undefined
      await updateCart(tx, tenant, cartId, { note, currency, coupon })
      const items = source.before?.items ?? []
      if (acceptPrices) await noteThePrices(tx, { tenant, cartId }, items, offers)
      return true
    },
  })
}

/** The coupon that a code names, as far as it can be told without the goods; none for an empty code. */
async function usable(ctx: CartContext, tx: Tx, tenant: string, typed: string) {
  const code = normalizeCode(typed)
  if (code === '') return { couponId: undefined }
  const coupon = await findCoupon(tx, tenant, code)
  if (coupon === undefined) throw couponNotValid('unknown')
  const obstacle = couponObstacle(coupon, ctx.clock.now({ tenantId: tenant }))
  if (obstacle) throw couponNotValid(obstacle)
  return { couponId: coupon.couponId }
}

/** Notes what lines cost now, where they can be bought. */
async function noteThePrices(
  tx: Tx,
  { tenant, cartId }: { tenant: string; cartId: string },
  items: readonly (Thing & { itemId: string })[],
  offers: Offers,
): Promise<void> {
  const { currency } = offers
  const prices = items.flatMap((item) => {
    const offer = offers.get(item)
    const unitMinor = offer?.isForSale ? offer.unitMinor : undefined
    return unitMinor === undefined ? [] : [{ itemId: item.itemId, unitMinor }]
  })
  if (prices.length > 0) await seePrices(tx, tenant, cartId, { prices, currency })
}

function requireOne(quantity: bigint): void {
  if (quantity === 1n) return
  const message = 'is 1 of a plan'
  throw new PurserError('request.invalid', `The quantity ${message}.`, {
    fields: [{ field: 'quantity', message }],
  })
}
