import { type FieldViolation, newId, PurserError } from '@purser/kernel'
import { isUniqueViolation, type Tx } from '@purser/postgres'
import { composeProduct } from '../domain/compose-product.ts'
import type { Product, ProductInput } from '../domain/product.ts'
import { shareCategories } from '../store/category.ts'
import { shareCollections } from '../store/collection.ts'
import { saveProducts } from '../store/save-products.ts'
import { findVariantsBySku } from '../store/variant.ts'

/**
 * Writes one product. `existing` is locked. Throws `catalog.invalid_product` for unknown categories and
 * collections, `catalog.sku_taken`, `catalog.slug_taken`.
 */
export async function writeProduct(
  tx: Tx,
  tenantId: string,
  input: ProductInput,
  { existing, now }: { existing: Product | undefined; now: Temporal.Instant },
): Promise<Product> {
  await requireMemberships(tx, tenantId, input)
  const productId = existing?.productId ?? newId('prod')
  const skus = input.variants.map(({ sku }) => sku)
  const known = new Map<string, string>()
  for (const variant of await findVariantsBySku(tx, tenantId, skus)) {
    if (variant.productId !== productId) throw skuTaken(variant.sku)
    known.set(variant.sku, variant.variantId)
  }
  const variantId = (sku: string) => known.get(sku) ?? newId('var')
  const product = composeProduct(input, { productId, existing, variantId, now })
  try {
    await saveProducts(tx, tenantId, [product], { isNew: existing === undefined })
  } catch (error) {
    if (isUniqueViolation(error, 'product_slug')) {
      throw new PurserError('catalog.slug_taken', `There is a product "${input.slug}" already.`, {
        cause: error,
      })
    }
    if (isUniqueViolation(error, 'variant_sku')) throw skuTaken('one of these', error)
    throw error
  }
  return product
}

async function requireMemberships(tx: Tx, tenantId: string, input: ProductInput): Promise<void> {
  const { categoryIds, collectionIds } = input
  const categories = await unlessEmpty(categoryIds, (ids) => shareCategories(tx, tenantId, ids))
  const collections = await unlessEmpty(collectionIds, (ids) => shareCollections(tx, tenantId, ids))
  const fields = [
    ...missing('input.category_ids', categoryIds, categories),
    ...missing('input.collection_ids', collectionIds, collections),
  ]
  if (fields.length > 0) {
    throw new PurserError('catalog.invalid_product', 'It is put where nothing is.', { fields })
  }
}

async function unlessEmpty(
  ids: readonly string[],
  find: (ids: readonly string[]) => Promise<string[]>,
): Promise<string[]> {
  return ids.length === 0 ? [] : await find(ids)
}

function missing(
  field: string,
  wanted: readonly string[],
  found: readonly string[],
): FieldViolation[] {
  return wanted.flatMap((id, index) =>
    found.includes(id) ? [] : [{ field: `${field}[${index}]`, message: 'is not there' }],
  )
}

function skuTaken(sku: string, cause?: unknown): PurserError {
  return new PurserError('catalog.sku_taken', `Another variant has the SKU ${sku}.`, { cause })
}
