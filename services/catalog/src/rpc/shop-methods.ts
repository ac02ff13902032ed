import { create } from '@bufbuild/protobuf'
import {
  type GetProductRequest,
  type ListProductsRequest,
  type ListProductsResponse,
  ListProductsResponseSchema,
  type SearchProductsRequest,
  type SearchProductsResponse,
  SearchProductsResponseSchema,
  type ShopProduct,
  type SuggestProductsRequest,
  type SuggestProductsResponse,
  SuggestProductsResponseSchema,
} from '@purser/contracts/catalog/v1/storefront'
import type { CatalogContext } from '../context.ts'
import type { PageQuestion } from '../shop/shop-reader.ts'
import {
  fromProtoSort,
  pageOf,
  toPagination,
  toProtoCard,
  toProtoFacets,
  toProtoShopProduct,
} from './convert-shop.ts'
import { unknownProduct } from './unknown-product.ts'

/** Products that are suggested while somebody types. */
const SUGGESTED_PRODUCTS = 6

/** What a shop shows to everybody; answers may be a second old, see `ShopMemory`. */
export function shopMethods(ctx: CatalogContext) {
  return {
    listProducts: listProducts(ctx),
    searchProducts: searchProducts(ctx),
    suggestProducts: suggestProducts(ctx),
    getProduct: getProduct(ctx),
  }
}

function listProducts(ctx: CatalogContext) {
  return (req: ListProductsRequest): Promise<ListProductsResponse> => {
    const page = pageOf(req)
    const question = questionOf(ctx, req, page)
    return recall(ctx, 'list', req.tenant, question, async () => {
      const found = await ctx.shop.page(req.tenant, question)
      return create(ListProductsResponseSchema, {
        products: found.cards.map((card) => toProtoCard(card, found.currency)),
        pagination: toPagination(page, found),
        facets: toProtoFacets(found.facets),
      })
    })
  }
}

function searchProducts(ctx: CatalogContext) {
  return (req: SearchProductsRequest): Promise<SearchProductsResponse> => {
    const page = pageOf(req)
    const question = { ...questionOf(ctx, req, page), q: req.q }
    return recall(ctx, 'search', req.tenant, question, async () => {
      const found = await ctx.shop.page(req.tenant, question)
      return create(SearchProductsResponseSchema, {
        products: found.cards.map((card) => toProtoCard(card, found.currency)),
        pagination: toPagination(page, found),
        facets: toProtoFacets(found.facets),
        correctedQ: found.corrected ?? '',
      })
    })
  }
}

function suggestProducts(ctx: CatalogContext) {
  return (req: SuggestProductsRequest): Promise<SuggestProductsResponse> => {
    const { tenant, q, currency } = req
    const question = {
      now: ctx.clock.now({ tenantId: tenant }),
      q,
      currency: currency || undefined,
      sort: 'relevance',
      offset: 0,
      limit: SUGGESTED_PRODUCTS,
    } as const
    return recall(ctx, 'suggest', tenant, question, async () => {
      const { page, queries } = await ctx.shop.suggest(tenant, question)
      const products = page.cards.map((card) => toProtoCard(card, page.currency))
      return create(SuggestProductsResponseSchema, { queries, products })
    })
  }
}

/** Throws `resource.not_found` for what is not, or not yet, in the shop. */
function getProduct(ctx: CatalogContext) {
  return ({ tenant, productId, currency }: GetProductRequest): Promise<ShopProduct> => {
    const now = ctx.clock.now({ tenantId: tenant })
    const question = { now, product: productId, currency: currency || undefined }
    return recall(ctx, 'product', tenant, question, async () => {
      const product = await ctx.shop.product(tenant, question)
      if (product === undefined) throw unknownProduct()
      return toProtoShopProduct(product)
    })
  }
}

function recall<T>(
  ctx: CatalogContext,
  method: string,
  tenantId: string,
  { now, ...question }: { now: Temporal.Instant },
  read: () => Promise<T>,
): Promise<T> {
  return ctx.memory.recall({ tenantId, key: `${method} ${keyOf(question)}`, now }, read)
}

const keyOf = (question: object) =>
  JSON.stringify(question, (_, value) => (typeof value === 'bigint' ? String(value) : value))

function questionOf(
  ctx: CatalogContext,
  req: ListProductsRequest | SearchProductsRequest,
  { offset, limit }: { offset: number; limit: number },
): PageQuestion {
  return {
    now: ctx.clock.now({ tenantId: req.tenant }),
    category: req.category || undefined,
    collection: req.collection || undefined,
    facets: req.facets,
    currency: req.currency || undefined,
    minPrice: req.minPrice,
    maxPrice: req.maxPrice,
    onlyAvailable: req.onlyAvailable,
    sort: fromProtoSort(req.sort),
    offset,
    limit,
    withFacets: req.withFacets,
  }
}
