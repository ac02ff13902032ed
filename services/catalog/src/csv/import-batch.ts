import { create } from '@bufbuild/protobuf'
import { ProductInputSchema } from '@purser/contracts/catalog/v1/product'
import { isPurserError, newId } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { validateMessage } from '@purser/rpc'
import { checkProduct } from '../domain/check-product.ts'
import { composeProduct } from '../domain/compose-product.ts'
import type { Product, ProductInput } from '../domain/product.ts'
import { listCategories, shareCategories } from '../store/category.ts'
import { listCollections, shareCollections } from '../store/collection.ts'
import { type FirstCount, openFirstCounts } from '../store/first-count.ts'
import { listLocations } from '../store/location.ts'
import { lockProducts } from '../store/product.ts'
import { saveProducts } from '../store/save-products.ts'
import { findVariantsBySku } from '../store/variant.ts'
import { toProtoInput } from '../rpc/convert-product.ts'
import type { CsvColumns } from './csv-columns.ts'
import type { ImportReport } from './import-report.ts'
import { LineRefusal } from './line-refusal.ts'
import { type CsvProduct, type Places, readProduct, unitsOf } from './read-product.ts'
import { isSameProduct } from './same-product.ts'

/** One batch of an import: what is known of its products when they are read. */
type Batch = {
  columns: CsvColumns
  places: Places
  existing: ReadonlyMap<string, Product>
  /** Product of each SKU, of those stored and those of the batch so far. */
  owners: Map<string, string>
  variantIds: ReadonlyMap<string, string>
  locations: ReadonlySet<string>
  now: Temporal.Instant
}

/** What a batch comes to. */
export type ImportedBatch = { created: Product[]; updated: Product[]; unchangedCount: number }

/**
 * Reads and writes the products of a batch in one transaction. Products that are refused are told to
 * `report` and written not at all. Fails with a unique violation when another change takes a slug or a
 * SKU meanwhile.
 */
export async function importBatch(
  tx: Tx,
  tenantId: string,
  products: readonly CsvProduct[],
  { columns, report, now }: { columns: CsvColumns; report: ImportReport; now: Temporal.Instant },
): Promise<ImportedBatch> {
  const batch = await readBatch(tx, tenantId, products, { columns, now })
  const imported: ImportedBatch = { created: [], updated: [], unchangedCount: 0 }
  const counts: FirstCount[] = []
  for (const product of products) {
    try {
      const { kind, product: read, stock } = readOne(product, batch)
      if (kind === 'unchanged') imported.unchangedCount += 1
      else imported[kind].push(read)
      counts.push(...stock)
    } catch (error) {
      if (!(error instanceof LineRefusal)) throw error
      const { line, reason, message } = error
      const { slug, lines } = product
      report.reject({ line, slug: slug.slice(0, 100), reason, message }, lines.length)
    }
  }
  if (imported.created.length > 0)
    await saveProducts(tx, tenantId, imported.created, { isNew: true })
  if (imported.updated.length > 0)
    await saveProducts(tx, tenantId, imported.updated, { isNew: false })
  await openFirstCounts(tx, tenantId, counts, now)
  return imported
}

async function readBatch(
  tx: Tx,
  tenantId: string,
  products: readonly CsvProduct[],
  { columns, now }: { columns: CsvColumns; now: Temporal.Instant },
): Promise<Batch> {
  // SKUs before products: another import may end in between, and a SKU whose product is not known yet
  // would look as if another product had it.
  const skus = products.flatMap(({ lines }) => lines.map(({ cells }) => cells.get('sku') ?? ''))
  const variants = await findVariantsBySku(tx, tenantId, skus)
  const existing = await lockProducts(tx, tenantId, { slugs: products.map(({ slug }) => slug) })
  const categories = await listCategories(tx, tenantId)
  const collections = await listCollections(tx, tenantId)
  const stayingCategories = new Set(
    await shareCategories(
      tx,
      tenantId,
      categories.map(({ categoryId }) => categoryId),
    ),
  )
  const stayingCollections = new Set(
    await shareCollections(
      tx,
      tenantId,
      collections.map(({ collectionId }) => collectionId),
    ),
  )
  return {
    columns,
    now,
    existing: new Map(existing.map((product) => [product.slug, product])),
    owners: new Map(variants.map(({ sku, productId }) => [sku, productId])),
    variantIds: new Map(variants.map(({ sku, variantId }) => [sku, variantId])),
    locations: new Set((await listLocations(tx, tenantId)).map(({ locationId }) => locationId)),
    places: {
      categories: new Map(
        categories
          .filter(({ categoryId }) => stayingCategories.has(categoryId))
          .map(({ slug, categoryId }) => [slug, categoryId]),
      ),
      collections: new Map(
        collections
          .filter(({ collectionId }) => stayingCollections.has(collectionId))
          .map(({ slug, collectionId }) => [slug, collectionId]),
      ),
    },
  }
}

function readOne(csv: CsvProduct, batch: Batch) {
  const existing = batch.existing.get(csv.slug)
  const input = readProduct(csv, batch.columns, { existing, places: batch.places })
  checkLikeContract(csv, input)
  const productId = existing?.productId ?? newId('prod')
  for (const { line, cells } of csv.lines) {
    const sku = cells.get('sku') ?? ''
    const owner = batch.owners.get(sku)
    if (owner !== undefined && owner !== productId) {
      throw new LineRefusal(line, 'sku_taken', `another product has the SKU ${sku}`)
    }
  }
  const ids = new Map<string, string>(batch.variantIds)
  for (const { sku, variantId } of existing?.variants ?? []) ids.set(sku, variantId)
  const variantId = (sku: string) => ids.get(sku) ?? newId('var')
  const product = composeProduct(input, { productId, existing, variantId, now: batch.now })
  const stock = firstCountsOf(csv, product, batch)
  for (const { sku } of product.variants) batch.owners.set(sku, productId)
  if (existing === undefined) return { kind: 'created', product, stock } as const
  const kind = isSameProduct(product, existing) ? 'unchanged' : 'updated'
  return { kind, product, stock } as const
}

/** The same rules as for CreateProduct, told by the line where the product begins. */
function checkLikeContract({ lines }: CsvProduct, input: ProductInput): void {
  const line = lines[0]?.line ?? 0
  const refuse = (message: string) => new LineRefusal(line, 'invalid_product', message)
  try {
    validateMessage(ProductInputSchema, create(ProductInputSchema, toProtoInput(input)))
  } catch (error) {
    if (!isPurserError(error)) throw error
    throw refuse(error.message)
  }
  const [violation] = checkProduct(input)
  if (violation) throw refuse(`${violation.field} ${violation.message}`)
}

function firstCountsOf(
  csv: CsvProduct,
  { variants }: Product,
  { columns, locations }: Batch,
): FirstCount[] {
  const ids = new Map(variants.map(({ sku, variantId }) => [sku, variantId]))
  return csv.lines.flatMap((line) =>
    columns.locations.flatMap((locationId) => {
      const column = `stock:${locationId}`
      const cell = line.cells.get(column) ?? ''
      if (cell === '') return []
      if (!locations.has(locationId)) {
        throw new LineRefusal(line.line, 'unknown_location', `there is no location "${locationId}"`)
      }
      const variantId = ids.get(line.cells.get('sku') ?? '') ?? ''
      return [{ variantId, locationId, units: BigInt(unitsOf(line, column, cell)) }]
    }),
  )
}
