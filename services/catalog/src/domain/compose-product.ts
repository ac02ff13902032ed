import type { Product, ProductInput, VariantInput, VariantPrice } from './product.ts'

/** What is known of a product before it is written. */
export type Composition = {
  productId: string
  /** The product as it is kept, when it is not new. */
  existing: Product | undefined
  /** The id of a variant by its SKU: that of before, or a new one. */
  variantId(sku: string): string
  now: Temporal.Instant
}

/**
 * The product as it is kept from now on. One that is published without a time is in the shop from now
 * on, or since it first was.
 */
export function composeProduct(input: ProductInput, composition: Composition): Product {
  const { existing, now } = composition
  const since = input.publishAt ?? existing?.publishAt
  const toVariant = (variant: VariantInput) => ({
    ...variant,
    prices: variant.prices.toSorted(comparePrices),
    variantId: composition.variantId(variant.sku),
  })
  return {
    ...input,
    productId: composition.productId,
    publishAt: since ?? (input.status === 'published' ? now : undefined),
    variants: input.variants.map(toVariant),
    revision: (existing?.revision ?? 0n) + 1n,
    createdAt: existing?.createdAt ?? now,
    updatedAt: now,
  }
}

/** By list, currency and time, as they are read: each span of a list and currency stands once. */
function comparePrices(a: VariantPrice, b: VariantPrice): number {
  return (
    compareText(a.priceListKey, b.priceListKey) ||
    compareText(a.currency, b.currency) ||
    compareTime(a.startsAt, b.startsAt) ||
    compareTime(a.endsAt, b.endsAt)
  )
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function compareTime(a: Temporal.Instant | undefined, b: Temporal.Instant | undefined): number {
  if (a && b) return Temporal.Instant.compare(a, b)
  return a ? 1 : b ? -1 : 0
}
