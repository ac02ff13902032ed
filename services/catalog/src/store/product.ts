import { statement, type Tx } from '@purser/postgres'
import type {
  Attribute,
  Image,
  Product,
  ProductOption,
  ProductStatus,
  StockPolicy,
  Variant,
  VariantPrice,
} from '../domain/product.ts'
import { fromSidesRow, type SidesRow } from './dimensions.ts'

type PriceJson = {
  currency: string
  list: string
  amount: number
  compare: number | null
  starts_at: string | null
  ends_at: string | null
}

type VariantJson = {
  id: string
  sku: string
  values: string[]
  barcode: string
  weight: number
  requires_shipping: boolean
  dimensions: SidesRow
  policy: StockPolicy
  prices: PriceJson[]
}

type ProductRow = {
  product_id: string
  slug: string
  title: string
  description: string
  brand: string
  status: ProductStatus
  publish_at: Temporal.Instant | null
  tax_category: string
  options: ProductOption[]
  attributes: Attribute[]
  images: Image[]
  seo_title: string
  seo_description: string
  category_ids: string[]
  collection_ids: string[]
  revision: bigint
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
  variants: VariantJson[]
}

const selectProducts = `select p.product_id, p.slug, p.title, p.description, p.brand, p.status, p.publish_at,
     p.tax_category, p.options, p.attributes, p.images, p.seo_title, p.seo_description, p.category_ids,
     p.collection_ids, p.revision, p.created_at, p.updated_at,
     (
       select coalesce(json_agg(json_build_object(
         'id', v.variant_id, 'sku', v.sku, 'values', v.option_values, 'barcode', v.barcode,
         'weight', v.weight_grams, 'requires_shipping', v.requires_shipping, 'dimensions', v.dimensions_mm,
         'policy', v.stock_policy,
         'prices', (
           select coalesce(json_agg(json_build_object(
             'currency', a.currency, 'list', a.price_list_key, 'amount', a.amount_minor,
             'compare', a.compare_at_minor, 'starts_at', a.starts_at, 'ends_at', a.ends_at)
             order by a.price_list_key collate "C", a.currency collate "C", a.starts_at nulls first, a.ends_at nulls first), '[]')
           from price as a
           where a.tenant_id = v.tenant_id and a.variant_id = v.variant_id
         )) order by v.position), '[]')
       from variant as v
       where v.tenant_id = p.tenant_id and v.product_id = p.product_id and v.is_active
     ) as variants
   from product as p
   where p.tenant_id = $1`

function fromRowProduct(row: ProductRow): Product {
  return {
    productId: row.product_id,
    slug: row.slug,
    title: row.title,
    description: row.description,
    brand: row.brand,
    status: row.status,
    publishAt: row.publish_at ?? undefined,
    taxCategory: row.tax_category,
    options: row.options,
    attributes: row.attributes,
    images: row.images,
    seoTitle: row.seo_title,
    seoDescription: row.seo_description,
    categoryIds: row.category_ids,
    collectionIds: row.collection_ids,
    revision: row.revision,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    variants: row.variants.map(fromVariantJson),
  }
}

function fromVariantJson(json: VariantJson): Variant {
  return {
    variantId: json.id,
    sku: json.sku,
    optionValues: json.values,
    barcode: json.barcode,
    weightGrams: json.weight,
    requiresShipping: json.requires_shipping,
    ...fromSidesRow(json.dimensions),
    stockPolicy: json.policy,
    prices: json.prices.map(fromPriceJson),
  }
}

function fromPriceJson(json: PriceJson): VariantPrice {
  return {
    currency: json.currency,
    amountMinor: BigInt(json.amount),
    compareAtMinor: json.compare === null ? undefined : BigInt(json.compare),
    priceListKey: json.list,
    startsAt: json.starts_at === null ? undefined : Temporal.Instant.from(json.starts_at),
    endsAt: json.ends_at === null ? undefined : Temporal.Instant.from(json.ends_at),
  }
}

const findStatement = statement(
  'catalog.find_product',
  `${selectProducts}
     and (p.product_id = $2 or p.slug = $2)
   order by p.product_id <> $2
   limit 1`,
)

/** A product by its id or slug, whatever its status. */
export async function findProduct(
  tx: Tx,
  tenantId: string,
  idOrSlug: string,
): Promise<Product | undefined> {
  const [row] = await tx.query<ProductRow>(findStatement, [tenantId, idOrSlug])
  return row && fromRowProduct(row)
}

const listStatement = statement(
  'catalog.list_products',
  `${selectProducts}
     and ($2::text is null or p.status = $2)
     and p.product_id < $3
   order by p.product_id desc
   limit $4::integer`,
)

/** The newest products before a position; ids sort by time. */
export async function listProducts(
  tx: Tx,
  tenantId: string,
  question: { status?: ProductStatus | undefined; beforeId: string; limit: number },
): Promise<Product[]> {
  const { status, beforeId, limit } = question
  const rows = await tx.query<ProductRow>(listStatement, [tenantId, status, beforeId, limit])
  return rows.map(fromRowProduct)
}

const lockStatement = statement(
  'catalog.lock_products',
  `select p.product_id
   from product as p
   where p.tenant_id = $1
     and (p.product_id = any($2::text[]) or p.slug = any($3::text[]))
   order by p.product_id
   for no key update`,
)

const lockedStatement = statement(
  'catalog.read_products',
  `${selectProducts}
     and p.product_id = any($2::text[])
   order by p.product_id`,
)

/**
 * Products by id or slug, to be changed. Locks their rows by id; reads them in a second statement,
 * since the first one may have waited for a change.
 */
export async function lockProducts(
  tx: Tx,
  tenantId: string,
  wanted: { productIds?: readonly string[]; slugs?: readonly string[] },
): Promise<Product[]> {
  const { productIds = [], slugs = [] } = wanted
  const rows = await tx.query<{ product_id: string }>(lockStatement, [tenantId, productIds, slugs])
  if (rows.length === 0) return []
  const ids = rows.map((row) => row.product_id)
  return (await tx.query<ProductRow>(lockedStatement, [tenantId, ids])).map(fromRowProduct)
}
