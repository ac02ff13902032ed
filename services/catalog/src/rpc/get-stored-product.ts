import type { GetStoredProductRequest, Product } from '@purser/contracts/catalog/v1/product'
import type { CatalogContext } from '../context.ts'
import { findProduct } from '../store/product.ts'
import { toProtoProduct } from './convert-product.ts'
import { unknownProduct } from './unknown-product.ts'

/** Answers a product as operators keep it. Throws `resource.not_found`. */
export function getStoredProduct(ctx: CatalogContext) {
  return async ({ tenant, productId }: GetStoredProductRequest): Promise<Product> => {
    const find = { readOnly: true }
    const product = await ctx.db.tx(tenant, (tx) => findProduct(tx, tenant, productId), find)
    if (product === undefined) throw unknownProduct()
    return toProtoProduct(product)
  }
}
