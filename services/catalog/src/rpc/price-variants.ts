import { create } from '@bufbuild/protobuf'
import {
  type PriceVariantsRequest,
  type PriceVariantsResponse,
  PriceVariantsResponseSchema,
} from '@purser/contracts/catalog/v1/stock'
import type { CatalogContext } from '../context.ts'
import { variantTitle } from '../domain/product.ts'
import { findOffers, type KnownOffer } from '../store/offer.ts'
import { availabilityOf } from './convert-stock.ts'

/** Tells carts what variants cost and whether they can be bought, in one statement. */
export function priceVariants(ctx: CatalogContext) {
  return async (req: PriceVariantsRequest): Promise<PriceVariantsResponse> => {
    const { tenant, currency, priceListKey, variantIds } = req
    const now = ctx.clock.now({ tenantId: tenant })
    const question = { variantIds, currency, priceListKey, now }
    const read = { readOnly: true, isSingle: true, generalPlans: true }
    const { offers } = await ctx.db.tx(tenant, (tx) => findOffers(tx, tenant, question), read)
    const byId = new Map(offers.map((each) => [each.offer.variantId, each]))
    const variants = [...new Set(variantIds)].flatMap((id) => {
      const known = byId.get(id)
      return known ? [toPricedVariant(known, currency)] : []
    })
    return create(PriceVariantsResponseSchema, { variants })
  }
}

function toPricedVariant({ offer, expired, available }: KnownOffer, currency: string) {
  const { stockPolicy, unitMinor, compareAtMinor, optionValues, ...told } = offer
  const free = expired.reduce((sum, { quantity }) => sum + quantity, available)
  const isTracked = stockPolicy !== 'untracked'
  const isReduced =
    unitMinor !== undefined && compareAtMinor !== undefined && compareAtMinor > unitMinor
  return {
    ...told,
    variantTitle: variantTitle(optionValues),
    ...(unitMinor !== undefined && { unitPrice: { amountCents: BigInt(unitMinor), currency } }),
    ...(isReduced && { listPrice: { amountCents: BigInt(compareAtMinor), currency } }),
    availability: availabilityOf(stockPolicy, free),
    availableQuantity: isTracked ? free : 0n,
    beyondStock: stockPolicy !== 'deny',
  }
}
