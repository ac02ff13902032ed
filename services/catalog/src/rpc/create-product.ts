import type { CreateProductRequest, Product } from '@purser/contracts/catalog/v1/product'
import type { CatalogContext } from '../context.ts'
import { acceptProduct } from './accept-product.ts'
import { toProtoProduct } from './convert-product.ts'
import { writeProduct } from './write-product.ts'

/** Creates a product. Throws what `acceptProduct` throws, then what `writeProduct` throws. */
export function createProduct(ctx: CatalogContext) {
  return async ({ tenant, input }: CreateProductRequest): Promise<Product> => {
    const accepted = acceptProduct(input)
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const product = await ctx.db.tx(tenant, (tx) =>
      writeProduct(tx, tenant, accepted, { existing: undefined, now }),
    )
    return toProtoProduct(product)
  }
}
