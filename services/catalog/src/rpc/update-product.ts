import type { Product, UpdateProductRequest } from '@purser/contracts/catalog/v1/product'
import { PurserError } from '@purser/kernel'
import type { CatalogContext } from '../context.ts'
import { lockProducts } from '../store/product.ts'
import { acceptProduct } from './accept-product.ts'
import { toProtoProduct } from './convert-product.ts'
import { unknownProduct } from './unknown-product.ts'
import { writeProduct } from './write-product.ts'

/**
 * Replaces a product. Throws what `acceptProduct` throws, `resource.not_found`,
 * `catalog.product_changed` for another revision, then what `writeProduct` throws.
 */
export function updateProduct(ctx: CatalogContext) {
  return async (req: UpdateProductRequest): Promise<Product> => {
    const { tenant, productId, input, revision } = req
    const accepted = acceptProduct(input)
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const product = await ctx.db.tx(tenant, async (tx) => {
      const [existing] = await lockProducts(tx, tenant, { productIds: [productId] })
      if (existing === undefined) throw unknownProduct()
      if (revision !== 0n && revision !== existing.revision) {
        const message = `The product is at revision ${existing.revision} by now.`
        throw new PurserError('catalog.product_changed', message)
      }
      return await writeProduct(tx, tenant, accepted, { existing, now })
    })
    return toProtoProduct(product)
  }
}
