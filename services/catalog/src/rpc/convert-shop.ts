import { create } from '@bufbuild/protobuf'
import {
  Availability,
  type Facet,
  FacetSchema,
  type ProductCard,
  ProductCardSchema,
  ProductSort,
  type ShopProduct,
  ShopProductSchema,
} from '@purser/contracts/catalog/v1/storefront'
import { PaginationSchema, type Pagination } from '@purser/contracts/common/v1/pagination'
import { toProtoTimestamp } from '@purser/rpc'
import type { CardJson, PageJson, ProductJson, ShopSort } from '../shop/shop-reader.ts'
import { fromSidesRow } from '../store/dimensions.ts'
import { availabilityOf } from './convert-stock.ts'

/** Values of one facet that are answered. */
const MOST_FACET_VALUES = 50
/** Units that strangers are told of at most. */
const MOST_TOLD_UNITS = 100

const availabilities = {
  in_stock: Availability.IN_STOCK,
  backorder: Availability.BACKORDER,
  preorder: Availability.PREORDER,
  out_of_stock: Availability.OUT_OF_STOCK,
} as const satisfies Record<CardJson['availability'], Availability>

const sorts = {
  [ProductSort.UNSPECIFIED]: 'relevance',
  [ProductSort.RELEVANCE]: 'relevance',
  [ProductSort.NEWEST]: 'newest',
  [ProductSort.PRICE_ASC]: 'price_asc',
  [ProductSort.PRICE_DESC]: 'price_desc',
  [ProductSort.TITLE]: 'title',
} as const satisfies Record<ProductSort, ShopSort>

/** Order of a list. */
export function fromProtoSort(sort: ProductSort): ShopSort {
  return sorts[sort]
}

/** A product in a list. */
export function toProtoCard(card: CardJson, currency: string): ProductCard {
  const { id, slug, title, brand, image, alt, min, max, compare, availability } = card
  return create(ProductCardSchema, {
    productId: id,
    slug,
    title,
    brand,
    ...(image !== '' && { image: { url: image, alt } }),
    ...(min !== null && { price: { amountCents: BigInt(min), currency } }),
    ...(max !== null && { maxPrice: { amountCents: BigInt(max), currency } }),
    ...comparison(min, compare, currency),
    availability: availabilities[availability],
  })
}

function comparison(amount: number | null, compare: number | null, currency: string) {
  if (amount === null || compare === null || compare <= amount) return {}
  return { compareAt: { amountCents: BigInt(compare), currency } }
}

/** A product on its page. */
export function toProtoShopProduct(product: ProductJson): ShopProduct {
  const { currency } = product
  return create(ShopProductSchema, {
    productId: product.id,
    slug: product.slug,
    title: product.title,
    description: product.description,
    brand: product.brand,
    images: product.images,
    options: product.options.map(({ name, values }) => ({ name, values })),
    attributes: product.attributes,
    variants: product.variants.map((variant) => ({
      variantId: variant.id,
      sku: variant.sku,
      optionValues: variant.values,
      ...(variant.amount !== null && { price: { amountCents: BigInt(variant.amount), currency } }),
      ...comparison(variant.amount, variant.compare, currency),
      availability: availabilityOf(variant.policy, variant.available),
      availableQuantity:
        variant.policy === 'deny' ? Math.min(variant.available, MOST_TOLD_UNITS) : 0,
      weightGrams: variant.weight,
      requiresShipping: variant.requires_shipping,
      ...fromSidesRow(variant.dimensions),
    })),
    categories: product.categories.map(({ id, ...link }) => ({ categoryId: id, ...link })),
    seo: { title: product.seo_title, description: product.seo_description },
    publishTime: toProtoTimestamp(Temporal.Instant.from(product.publish_at)),
  })
}

/** Counts by `key=value`, the most frequent first, as facets by key. */
export function toProtoFacets(counts: PageJson['facets']): Facet[] {
  const pairs = counts.map(({ facet, count }) => {
    const at = facet.indexOf('=')
    return { key: facet.slice(0, at), value: facet.slice(at + 1), count }
  })
  return [...Map.groupBy(pairs, ({ key }) => key)].map(([key, values]) =>
    create(FacetSchema, {
      key,
      values: values.slice(0, MOST_FACET_VALUES).map(({ value, count }) => ({ value, count })),
    }),
  )
}

/** Page 1 and 20 products unless told otherwise. */
export function pageOf(req: { page: number; pageSize: number }) {
  const page = req.page || 1
  const pageSize = req.pageSize || 20
  return { page, pageSize, offset: (page - 1) * pageSize, limit: pageSize }
}

/** Where a page stands. */
export function toPagination(
  { page, pageSize }: { page: number; pageSize: number },
  { totalCount, isCapped }: PageJson,
): Pagination {
  const pageCount = Math.ceil(totalCount / pageSize)
  return create(PaginationSchema, {
    page,
    pageSize,
    totalCount: BigInt(totalCount),
    pageCount,
    isCapped,
  })
}
