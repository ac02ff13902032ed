import { create } from '@bufbuild/protobuf'
import type { ExportProductsRequest } from '@purser/contracts/catalog/v1/product'
import { type HttpBody, HttpBodySchema } from '@purser/contracts/google/api/httpbody'
import type { CatalogContext } from '../context.ts'
import { csvHeader, csvLines } from '../csv/write-csv.ts'
import { listCategories } from '../store/category.ts'
import { listCollections } from '../store/collection.ts'
import { readExtent } from '../store/extent.ts'
import { listProducts } from '../store/product.ts'
import { fromProtoStatus } from './convert-product.ts'

/** Products of one piece. */
const PIECE_SIZE = 200

const encoder = new TextEncoder()

/** Sorts after every id. */
const AFTER_ALL = '~'

/**
 * Answers the products as a file, the newest first, one piece after another: each piece is as new as its
 * reading, and the whole is held nowhere.
 */
export function exportProducts(ctx: CatalogContext) {
  return async function* (req: ExportProductsRequest): AsyncGenerator<HttpBody> {
    const { tenant } = req
    const status = fromProtoStatus(req.status)
    const read = { readOnly: true }
    const { extent, slugs } = await ctx.db.tx(
      tenant,
      async (tx) => {
        const categories = await listCategories(tx, tenant)
        const collections = await listCollections(tx, tenant)
        return {
          extent: await readExtent(tx, tenant),
          slugs: {
            categories: new Map(categories.map(({ categoryId, slug }) => [categoryId, slug])),
            collections: new Map(collections.map(({ collectionId, slug }) => [collectionId, slug])),
          },
        }
      },
      read,
    )
    yield pieceOf(csvHeader(extent))
    for (let beforeId = AFTER_ALL; ; ) {
      const question = { status, beforeId, limit: PIECE_SIZE }
      const products = await ctx.db.tx(tenant, (tx) => listProducts(tx, tenant, question), read)
      const csv = products.map((product) => csvLines(product, extent, slugs)).join('')
      if (csv !== '') yield pieceOf(csv)
      if (products.length < PIECE_SIZE) return
      beforeId = products.at(-1)?.productId ?? ''
    }
  }
}

function pieceOf(csv: string): HttpBody {
  return create(HttpBodySchema, {
    contentType: 'text/csv; charset=utf-8',
    data: encoder.encode(csv),
  })
}
