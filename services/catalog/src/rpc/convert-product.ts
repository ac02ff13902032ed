import { create } from '@bufbuild/protobuf'
import type { Timestamp } from '@bufbuild/protobuf/wkt'
import {
  type Product as ProtoProduct,
  type ProductInput as ProtoInput,
  ProductSchema,
  ProductStatus as ProtoStatus,
  StockPolicy as ProtoPolicy,
  type VariantInput as ProtoVariant,
  type VariantPrice as ProtoPrice,
} from '@purser/contracts/catalog/v1/product'
import { assert } from '@purser/kernel'
import { fromProtoDimensions, fromProtoTimestamp, toProtoTimestamp } from '@purser/rpc'
import {
  optionKey,
  type Product,
  type ProductInput,
  type ProductStatus,
  STANDARD_TAX,
  type StockPolicy,
  type VariantInput,
  type VariantPrice,
} from '../domain/product.ts'

const statuses = {
  [ProtoStatus.UNSPECIFIED]: 'draft',
  [ProtoStatus.DRAFT]: 'draft',
  [ProtoStatus.PUBLISHED]: 'published',
  [ProtoStatus.ARCHIVED]: 'archived',
} as const satisfies Record<ProtoStatus, ProductStatus>

const protoStatuses = {
  draft: ProtoStatus.DRAFT,
  published: ProtoStatus.PUBLISHED,
  archived: ProtoStatus.ARCHIVED,
} as const satisfies Record<ProductStatus, ProtoStatus>

const policies = {
  [ProtoPolicy.UNSPECIFIED]: 'deny',
  [ProtoPolicy.DENY]: 'deny',
  [ProtoPolicy.BACKORDER]: 'backorder',
  [ProtoPolicy.PREORDER]: 'preorder',
  [ProtoPolicy.UNTRACKED]: 'untracked',
} as const satisfies Record<ProtoPolicy, StockPolicy>

const protoPolicies = {
  deny: ProtoPolicy.DENY,
  backorder: ProtoPolicy.BACKORDER,
  preorder: ProtoPolicy.PREORDER,
  untracked: ProtoPolicy.UNTRACKED,
} as const satisfies Record<StockPolicy, ProtoPolicy>

/** The status that a list is narrowed to; undefined for all. */
export function fromProtoStatus(status: ProtoStatus): ProductStatus | undefined {
  return status === ProtoStatus.UNSPECIFIED ? undefined : statuses[status]
}

/** What an operator said; of a price, currency and compare-at currency may still differ. */
export function fromProtoInput(input: ProtoInput): ProductInput {
  return {
    slug: input.slug,
    title: input.title.trim(),
    description: input.description,
    brand: input.brand.trim(),
    status: statuses[input.status],
    publishAt: instantOf(input.publishTime),
    taxCategory: input.taxCategory || STANDARD_TAX,
    options: input.options.map(({ name, values }) => ({ name, key: optionKey(name), values })),
    attributes: input.attributes.map(({ key, values }) => ({ key, values })),
    images: input.images.map(({ url, alt }) => ({ url, alt })),
    seoTitle: input.seo?.title ?? '',
    seoDescription: input.seo?.description ?? '',
    categoryIds: [...new Set(input.categoryIds)],
    collectionIds: [...new Set(input.collectionIds)],
    variants: input.variants.map(fromProtoVariant),
  }
}

function fromProtoVariant(variant: ProtoVariant): VariantInput {
  return {
    sku: variant.sku,
    optionValues: variant.optionValues,
    barcode: variant.barcode,
    weightGrams: variant.weightGrams,
    requiresShipping: variant.requiresShipping ?? true,
    ...fromProtoDimensions(variant),
    stockPolicy: policies[variant.stockPolicy],
    prices: variant.prices.map(fromProtoPrice),
  }
}

function fromProtoPrice(price: ProtoPrice): VariantPrice {
  assert(price.amount, 'the contract requires an amount')
  return {
    currency: price.amount.currency,
    amountMinor: price.amount.amountCents,
    compareAtMinor: price.compareAt?.amountCents,
    priceListKey: price.priceListKey,
    startsAt: instantOf(price.startTime),
    endsAt: instantOf(price.endTime),
  }
}

function instantOf(timestamp: Timestamp | undefined): Temporal.Instant | undefined {
  return timestamp && fromProtoTimestamp(timestamp)
}

/** A product as its operators see it. */
export function toProtoProduct(product: Product): ProtoProduct {
  const { productId, revision, createdAt, updatedAt, variants } = product
  return create(ProductSchema, {
    productId,
    input: toProtoInput(product),
    variants: variants.map((variant) => ({
      variantId: variant.variantId,
      input: toProtoVariant(variant),
    })),
    revision,
    createTime: toProtoTimestamp(createdAt),
    updateTime: toProtoTimestamp(updatedAt),
  })
}

/** All that an operator said about a product, as they would say it. */
export function toProtoInput(product: ProductInput) {
  const { publishAt, options, seoTitle, seoDescription } = product
  return {
    slug: product.slug,
    title: product.title,
    description: product.description,
    brand: product.brand,
    status: protoStatuses[product.status],
    ...(publishAt && { publishTime: toProtoTimestamp(publishAt) }),
    taxCategory: product.taxCategory,
    options: options.map(({ name, values }) => ({ name, values: [...values] })),
    attributes: product.attributes.map(({ key, values }) => ({ key, values: [...values] })),
    images: [...product.images],
    seo: { title: seoTitle, description: seoDescription },
    categoryIds: [...product.categoryIds],
    collectionIds: [...product.collectionIds],
    variants: product.variants.map(toProtoVariant),
  }
}

function toProtoVariant(variant: VariantInput) {
  return {
    sku: variant.sku,
    optionValues: [...variant.optionValues],
    barcode: variant.barcode,
    weightGrams: variant.weightGrams,
    requiresShipping: variant.requiresShipping,
    ...(variant.dimensions && { dimensions: variant.dimensions }),
    stockPolicy: protoPolicies[variant.stockPolicy],
    prices: variant.prices.map(toProtoPrice),
  }
}

function toProtoPrice(price: VariantPrice) {
  const { currency, amountMinor, compareAtMinor, startsAt, endsAt } = price
  return {
    amount: { amountCents: amountMinor, currency },
    ...(compareAtMinor !== undefined && { compareAt: { amountCents: compareAtMinor, currency } }),
    priceListKey: price.priceListKey,
    ...(startsAt && { startTime: toProtoTimestamp(startsAt) }),
    ...(endsAt && { endTime: toProtoTimestamp(endsAt) }),
  }
}
