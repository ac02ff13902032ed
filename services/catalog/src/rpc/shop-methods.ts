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

/** What a shop shows to everybody. */
export function shopMethods(ctx: CatalogContext) {
  return {
    listProducts: listProducts(ctx),
    searchProducts: searchProducts(ctx),
    suggestProducts: suggestProducts(ctx),
    getProduct: getProduct(ctx),
  }
}

function listProducts(ctx: CatalogContext) {
  return async (req: ListProductsRequest): Promise<ListProductsResponse> => {
    const page = pageOf(req)
    const found = await ctx.shop.page(req.tenant, questionOf(ctx, req, page))
    return create(ListProductsResponseSchema, {
      products: found.cards.map((card) => toProtoCard(card, found.currency)),
      pagination: toPagination(page, found),
      facets: toProtoFacets(found.facets),
    })
  }
}

function searchProducts(ctx: CatalogContext) {
  return async (req: SearchProductsRequest): Promise<SearchProductsResponse> => {
    const page = pageOf(req)
    const found = await ctx.shop.page(req.tenant, { ...questionOf(ctx, req, page), q: req.q })
    return create(SearchProductsResponseSchema, {
      products: found.cards.map((card) => toProtoCard(card, found.currency)),
      pagination: toPagination(page, found),
      facets: toProtoFacets(found.facets),
      correctedQ: found.corrected ?? '',
    })
  }
}

function suggestProducts(ctx: CatalogContext) {
  return async (req: SuggestProductsRequest): Promise<SuggestProductsResponse> => {
    const { tenant, q } = req
    const now = ctx.clock.now({ tenantId: tenant })
    const currency = req.currency || undefined
    const best = {
      now,
      q,
      currency,
      sort: 'relevance',
      offset: 0,
      limit: SUGGESTED_PRODUCTS,
    } as const
    const [queries, found] = await Promise.all([
      ctx.shop.suggest(tenant, q),
      ctx.shop.page(tenant, best),
    ])
    const products = found.cards.map((card) => toProtoCard(card, found.currency))
    return create(SuggestProductsResponseSchema, { queries, products })
  }
}

/** Throws `resource.not_found` for what is not, or not yet, in the shop. */
function getProduct(ctx: CatalogContext) {
  return async ({ tenant, productId, currency }: GetProductRequest): Promise<ShopProduct> => {
    const now = ctx.clock.now({ tenantId: tenant })
    const question = { now, product: productId, currency: currency || undefined }
    const product = await ctx.shop.product(tenant, question)
    if (product === undefined) throw unknownProduct()
    return toProtoShopProduct(product)
  }
}

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
