import type { HandlerContext } from '@connectrpc/connect'
import type { PricedVariant } from '@purser/contracts/catalog/v1/stock'
import { isPurserError } from '@purser/kernel'
import { asService, fromProtoDimensions } from '@purser/rpc'
import type { CartContext } from '../context.ts'
import type { Thing } from '../domain/cart.ts'
import type { Offer, Offers } from '../domain/offer.ts'
import { offerOfPlan } from './offer-of-plan.ts'

/** Most variants that the catalog prices in one call. */
const VARIANTS_A_CALL = 200

/**
 * Asks what things cost that `offers` does not know yet: all variants in one call of the catalog, plans one
 * by one. Whatever nobody knows has no offer.
 */
export async function loadOffers(
  ctx: CartContext,
  place: { tenant: string; call: HandlerContext },
  offers: Offers,
  things: readonly Thing[],
): Promise<void> {
  const missing = things.filter((thing) => !offers.has(thing))
  const ofKind = (wanted: Thing['kind']) => [
    ...new Set(missing.filter(({ kind }) => kind === wanted).map(({ thingId }) => thingId)),
  ]
  await Promise.all([
    loadVariants(ctx, place, offers, ofKind('variant')),
    ...ofKind('plan').map((planKey) => loadPlan(ctx, place, offers, planKey)),
  ])
}

async function loadVariants(
  ctx: CartContext,
  { tenant, call }: { tenant: string; call: HandlerContext },
  offers: Offers,
  ids: readonly string[],
): Promise<void> {
  const options = asService('cart', tenant, { context: call })
  for (let first = 0; first < ids.length; first += VARIANTS_A_CALL) {
    const variantIds = ids.slice(first, first + VARIANTS_A_CALL)
    const question = { tenant, currency: offers.currency, variantIds }
    const { variants } = await ctx.clients.catalog.priceVariants(question, options)
    const byId = new Map(variants.map((variant) => [variant.variantId, variant]))
    for (const thingId of variantIds) {
      const variant = byId.get(thingId)
      offers.set({ kind: 'variant', thingId }, variant && offerOfVariant(variant))
    }
  }
}

async function loadPlan(
  ctx: CartContext,
  { tenant, call }: { tenant: string; call: HandlerContext },
  offers: Offers,
  planKey: string,
): Promise<void> {
  const thing: Thing = { kind: 'plan', thingId: planKey }
  try {
    const options = asService('cart', tenant, { context: call })
    const plan = await ctx.clients.subscription.getPlan({ tenant, planKey }, options)
    offers.set(thing, offerOfPlan(plan, offers.currency))
  } catch (error) {
    if (!isPurserError(error) || error.code !== 'resource.not_found') throw error
    offers.set(thing, undefined)
  }
}

function offerOfVariant(variant: PricedVariant): Offer {
  return {
    isForSale: variant.forSale,
    unitMinor: variant.unitPrice?.amountCents,
    listMinor: variant.listPrice?.amountCents,
    available: variant.beyondStock ? undefined : variant.availableQuantity,
    facts: {
      title: variant.title,
      variantTitle: variant.variantTitle,
      productId: variant.productId,
      sku: variant.sku,
      slug: variant.slug,
      imageUrl: variant.imageUrl,
      weightGrams: variant.weightGrams,
      requiresShipping: variant.requiresShipping,
      ...fromProtoDimensions(variant),
      taxCategory: variant.taxCategory,
      planVersion: 0,
      billingPeriod: '',
    },
  }
}
