import type { ArchiveProductRequest, Product } from '@purser/contracts/catalog/v1/product'
import type { CatalogContext } from '../context.ts'
import { composeProduct } from '../domain/compose-product.ts'
import type { Product as DomainProduct } from '../domain/product.ts'
import { lockProducts } from '../store/product.ts'
import { saveProducts } from '../store/save-products.ts'
import { toProtoProduct } from './convert-product.ts'
import { unknownProduct } from './unknown-product.ts'

/** Takes a product out of the shop; again it changes nothing. Throws `resource.not_found`. */
export function archiveProduct(ctx: CatalogContext) {
  return async ({ tenant, productId }: ArchiveProductRequest): Promise<Product> => {
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const product = await ctx.db.tx(tenant, async (tx) => {
      const [existing] = await lockProducts(tx, tenant, { productIds: [productId] })
      if (existing === undefined) throw unknownProduct()
      if (existing.status === 'archived') return existing
      const archived = toArchived(existing, now)
      await saveProducts(tx, tenant, [archived], { isNew: false })
      return archived
    })
    return toProtoProduct(product)
  }
}

function toArchived(existing: DomainProduct, now: Temporal.Instant): DomainProduct {
  const ids = new Map(existing.variants.map(({ sku, variantId }) => [sku, variantId]))
  const variantId = (sku: string) => ids.get(sku) ?? ''
  const { productId } = existing
  return composeProduct(
    { ...existing, status: 'archived' },
    { productId, existing, variantId, now },
  )
}
