import { type ErrorCode, PurserError } from '@purser/kernel'
import type { Thing } from '../domain/cart.ts'
import type { Offer } from '../domain/offer.ts'

/**
 * What a unit costs that somebody puts in, in minor units. Throws `catalog.not_for_sale`,
 * `catalog.price_missing`, `catalog.out_of_stock` when not one unit can be had; for a plan
 * `subscription.plan_unavailable`, `cart.currency_mismatch`.
 */
export function priceToAdd(thing: Thing, offer: Offer | undefined): bigint {
  return thing.kind === 'plan' ? priceOfPlan(offer) : priceOfVariant(offer)
}

function priceOfVariant(offer: Offer | undefined): bigint {
  if (!offer?.isForSale) throw refused('catalog.not_for_sale', 'It is not sold at the moment')
  const { unitMinor, available } = offer
  if (unitMinor === undefined) {
    throw refused('catalog.price_missing', 'It has no price in the currency of the cart')
  }
  if (available !== undefined && available <= 0n) {
    throw refused('catalog.out_of_stock', 'It is out of stock')
  }
  return unitMinor
}

function priceOfPlan(offer: Offer | undefined): bigint {
  if (offer === undefined) throw refused('subscription.plan_unavailable', 'There is no such plan')
  if (offer.unitMinor !== undefined) return offer.unitMinor
  throw refused('cart.currency_mismatch', 'The plan has no price in the currency of the cart')
}

function refused(code: ErrorCode, message: string): PurserError {
  const field = code.startsWith('catalog.') ? 'variant_id' : 'plan_key'
  return new PurserError(code, `${message}.`, { fields: [{ field, message }] })
}
