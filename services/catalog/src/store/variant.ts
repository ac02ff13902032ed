import { statement, type Tx } from '@purser/postgres'

const findStatement = statement(
  'catalog.find_variants_by_sku',
  `select variant_id, product_id, sku
   from variant
   where tenant_id = $1
     and sku = any($2::text[])`,
)

/** Variants by SKU, those that are no longer sold included. */
export async function findVariantsBySku(
  tx: Tx,
  tenantId: string,
  skus: readonly string[],
): Promise<{ variantId: string; productId: string; sku: string }[]> {
  const rows = await tx.query<{ variant_id: string; product_id: string; sku: string }>(
    findStatement,
    [tenantId, skus],
  )
  return rows.map((row) => ({ variantId: row.variant_id, productId: row.product_id, sku: row.sku }))
}
