import { create } from '@bufbuild/protobuf'
import {
  type ListStoredProductsRequest,
  type ListStoredProductsResponse,
  ListStoredProductsResponseSchema,
} from '@purser/contracts/catalog/v1/product'
import { decodePageToken, encodePageToken, pageSizeOf } from '@purser/rpc'
import type { CatalogContext } from '../context.ts'
import { listProducts } from '../store/product.ts'
import { fromProtoStatus, toProtoProduct } from './convert-product.ts'

/** Sorts after every id. */
const AFTER_ALL = '~'

/** Lists products, the newest first. Throws `request.invalid` for a page token that no list answered. */
export function listStoredProducts(ctx: CatalogContext) {
  return async (req: ListStoredProductsRequest): Promise<ListStoredProductsResponse> => {
    const { tenant } = req
    const pageSize = pageSizeOf(req.pageSize)
    const [beforeId = AFTER_ALL] = decodePageToken(req.pageToken, 1) ?? []
    const question = { status: fromProtoStatus(req.status), beforeId, limit: pageSize + 1 }
    const list = { readOnly: true }
    const found = await ctx.db.tx(tenant, (tx) => listProducts(tx, tenant, question), list)
    const page = found.slice(0, pageSize)
    const last = found.length > pageSize ? page.at(-1) : undefined
    return create(ListStoredProductsResponseSchema, {
      products: page.map(toProtoProduct),
      nextPageToken: last ? encodePageToken([last.productId]) : '',
    })
  }
}
