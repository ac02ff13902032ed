import type { Dimensions } from '@purser/kernel'

/** Where a product is in its life: draft to published to archived, and back to draft from either. */
export type ProductStatus = 'draft' | 'published' | 'archived'

/** What happens to orders beyond what is there; see the contract's `StockPolicy`. */
export type StockPolicy = 'deny' | 'backorder' | 'preorder' | 'untracked'

/** `key` is the name as facets and filters spell it. */
export type ProductOption = { name: string; key: string; values: readonly string[] }
export type Attribute = { key: string; values: readonly string[] }
export type Image = { url: string; alt: string }

/** What one unit costs. Amounts in minor units, from 0 to 10^12; `endsAt` is exclusive. */
export type VariantPrice = {
  currency: string
  amountMinor: bigint
  compareAtMinor: bigint | undefined
  /** Empty for the list of everybody. */
  priceListKey: string
  startsAt: Temporal.Instant | undefined
  endsAt: Temporal.Instant | undefined
}

export type VariantInput = {
  sku: string
  /** One of each option of the product, in their order. */
  optionValues: readonly string[]
  barcode: string
  weightGrams: number
  /** Whether it has to be delivered, whatever it weighs. */
  requiresShipping: boolean
  /** Left out for what was not measured. */
  dimensions?: Dimensions
  stockPolicy: StockPolicy
  prices: readonly VariantPrice[]
}

/** All that an operator says about a product. */
export type ProductInput = {
  slug: string
  title: string
  description: string
  brand: string
  status: ProductStatus
  publishAt: Temporal.Instant | undefined
  taxCategory: string
  options: readonly ProductOption[]
  attributes: readonly Attribute[]
  images: readonly Image[]
  seoTitle: string
  seoDescription: string
  categoryIds: readonly string[]
  collectionIds: readonly string[]
  variants: readonly VariantInput[]
}

export type Variant = VariantInput & { variantId: string }

/** A product as it is kept; `revision` counts changes from 1. Only variants that are sold. */
export type Product = Omit<ProductInput, 'variants'> & {
  productId: string
  revision: bigint
  createdAt: Temporal.Instant
  updatedAt: Temporal.Instant
  variants: readonly Variant[]
}

/** Category of taxes unless told otherwise. */
export const STANDARD_TAX = 'standard'

/** Greatest length of a side in millimetres; `variant_dimensions` in the schema. */
export const MOST_MILLIMETRES = 100_000

/** Greatest amount of a price in minor units; `price_amount_range` in the schema. */
export const MAX_AMOUNT_MINOR: bigint = 1_000_000_000_000n

/** An option's name as facets spell it: `Frame Size` is `frame-size`. */
export function optionKey(name: string): string {
  const key = name.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '-')
  return key.replaceAll(/^-|-$/g, '').slice(0, 63)
}

/** What tells one variant from the next: `M / Blue`; empty for the only one. */
export function variantTitle(optionValues: readonly string[]): string {
  return optionValues.join(' / ')
}
