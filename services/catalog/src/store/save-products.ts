import { statement, type Tx } from '@purser/postgres'
import type { Product, Variant } from '../domain/product.ts'
import { toSidesRow } from './dimensions.ts'
import { foldText, keysOf, knownWords, trigramsOf } from '../domain/search-text.ts'

/** Longest part of a description that is searched, in characters. */
const SEARCHED_DESCRIPTION = 2_000

const productsStatement = statement(
  'catalog.save_products',
  `insert into product (
     tenant_id, product_id, slug, title, description, brand, status, publish_at, tax_category, options, attributes,
     images, seo_title, seo_description, category_ids, collection_ids, folded_title, folded_details,
     folded_description, revision, created_at, updated_at)
   select $1, p.product_id, p.slug, p.title, p.description, p.brand, p.status, p.publish_at, p.tax_category,
     p.options, p.attributes, p.images, p.seo_title, p.seo_description, p.category_ids, p.collection_ids,
     p.folded_title, p.folded_details, p.folded_description, p.revision, p.created_at, p.updated_at
   from jsonb_to_recordset($2::jsonb) as p (
     product_id text, slug text, title text, description text, brand text, status text, publish_at timestamptz,
     tax_category text, options jsonb, attributes jsonb, images jsonb, seo_title text, seo_description text,
     category_ids text[], collection_ids text[], folded_title text, folded_details text, folded_description text,
     revision bigint, created_at timestamptz, updated_at timestamptz)
   on conflict (tenant_id, product_id) do update
   set slug = excluded.slug,
     title = excluded.title,
     description = excluded.description,
     brand = excluded.brand,
     status = excluded.status,
     publish_at = excluded.publish_at,
     tax_category = excluded.tax_category,
     options = excluded.options,
     attributes = excluded.attributes,
     images = excluded.images,
     seo_title = excluded.seo_title,
     seo_description = excluded.seo_description,
     category_ids = excluded.category_ids,
     collection_ids = excluded.collection_ids,
     folded_title = excluded.folded_title,
     folded_details = excluded.folded_details,
     folded_description = excluded.folded_description,
     revision = excluded.revision,
     updated_at = excluded.updated_at`,
)

const variantsStatement = statement(
  'catalog.save_variants',
  `with gone as (
     update variant as v
     set is_active = false
     where v.tenant_id = $1
       and v.product_id = any($3::text[])
       and v.is_active
       and v.variant_id <> all (select x ->> 'variant_id' from jsonb_array_elements($2::jsonb) as x)
   )
   insert into variant (
     tenant_id, variant_id, product_id, sku, option_values, barcode, weight_grams, requires_shipping,
     dimensions_mm, stock_policy, position, is_active)
   select $1, v.variant_id, v.product_id, v.sku, v.option_values, v.barcode, v.weight_grams,
     v.requires_shipping, v.dimensions_mm, v.stock_policy, v.position, true
   from jsonb_to_recordset($2::jsonb) as v (
     variant_id text, product_id text, sku text, option_values text[], barcode text, weight_grams integer,
     requires_shipping boolean, dimensions_mm integer[], stock_policy text, position integer)
   on conflict (tenant_id, variant_id) do update
   set option_values = excluded.option_values,
     barcode = excluded.barcode,
     weight_grams = excluded.weight_grams,
     requires_shipping = excluded.requires_shipping,
     dimensions_mm = excluded.dimensions_mm,
     stock_policy = excluded.stock_policy,
     position = excluded.position,
     is_active = true`,
)

const dropPricesStatement = statement(
  'catalog.drop_prices',
  `delete from price
   where tenant_id = $1
     and product_id = any($2::text[])`,
)

const pricesStatement = statement(
  'catalog.save_prices',
  `insert into price (
     tenant_id, variant_id, product_id, currency, price_list_key, amount_minor, compare_at_minor, starts_at, ends_at)
   select $1, p.variant_id, p.product_id, p.currency, p.price_list_key, p.amount_minor, p.compare_at_minor,
     p.starts_at, p.ends_at
   from jsonb_to_recordset($2::jsonb) as p (
     variant_id text, product_id text, currency text, price_list_key text, amount_minor bigint,
     compare_at_minor bigint, starts_at timestamptz, ends_at timestamptz)`,
)

const wordsStatement = statement(
  'catalog.save_words',
  `with fresh as (
     insert into search_word (tenant_id, word, lexeme, trigram_count)
     select $1, w.word, l.lexeme, w.trigram_count
     from unnest($2::text[], $3::integer[]) as w (word, trigram_count)
     cross join lateral (
       select (tsvector_to_array(to_tsvector('english', w.word)))[1] as lexeme
     ) as l
     where l.lexeme is not null
     order by w.word
     on conflict (tenant_id, word) do nothing
     returning word
   )
   insert into word_key (tenant_id, key, word)
   select $1, k.key, f.word
   from fresh as f
   join unnest($4::text[], $5::text[]) as k (word, key) on k.word = f.word`,
)

const indexStatement = statement('catalog.index_products', 'select index_products($1, $2, $3)')

/**
 * Writes products as they are from now on, with their variants, prices and what finds them. `isNew`: none
 * of them is stored; otherwise their rows are locked. Fails with a violation of `product_slug` or
 * `variant_sku` for names that others have.
 */
export async function saveProducts(
  tx: Tx,
  tenantId: string,
  products: readonly Product[],
  { isNew }: { isNew: boolean },
): Promise<void> {
  const ids = products.map(({ productId }) => productId)
  await tx.execute(productsStatement, [tenantId, JSON.stringify(products.map(toRow))])
  const variants = products.flatMap((product) =>
    product.variants.map((each, at) => toVariantRow(product, each, at)),
  )
  await tx.execute(variantsStatement, [tenantId, JSON.stringify(variants), isNew ? [] : ids])
  if (!isNew) await tx.execute(dropPricesStatement, [tenantId, ids])
  const prices = products.flatMap(toPriceRows)
  if (prices.length > 0) await tx.execute(pricesStatement, [tenantId, JSON.stringify(prices)])
  const published = products.filter(({ status }) => status === 'published')
  await saveWords(
    tx,
    tenantId,
    published.flatMap(({ title, ...rest }) => [foldText(title), foldDetails(rest)]),
  )
  await indexProducts(tx, tenantId, ids, { isNew })
}

/** Adds the words of folded texts to those that questions are corrected to. */
export async function saveWords(
  tx: Tx,
  tenantId: string,
  folded: readonly string[],
): Promise<void> {
  const words = knownWords(folded)
  if (words.length === 0) return
  const keys = words.flatMap((word) => keysOf(word).map((key) => ({ word, key })))
  await tx.execute(wordsStatement, [
    tenantId,
    words,
    words.map((word) => trigramsOf(word).length),
    keys.map(({ word }) => word),
    keys.map(({ key }) => key),
  ])
}

/** Writes what the shop knows of the products anew. */
export async function indexProducts(
  tx: Tx,
  tenantId: string,
  productIds: readonly string[],
  { isNew }: { isNew: boolean },
): Promise<void> {
  await tx.execute(indexStatement, [tenantId, productIds, !isNew])
}

/** What of a product is searched beside title and description, folded. */
function foldDetails(product: Omit<Product, 'title'>): string {
  const { brand, options, attributes, variants } = product
  const values = [...options, ...attributes].flatMap((each) => each.values)
  return foldText([brand, ...values, ...variants.map(({ sku }) => sku)].join(' '))
}

function toRow(product: Product) {
  return {
    product_id: product.productId,
    slug: product.slug,
    title: product.title,
    description: product.description,
    brand: product.brand,
    status: product.status,
    publish_at: product.publishAt?.toString() ?? null,
    tax_category: product.taxCategory,
    options: product.options,
    attributes: product.attributes,
    images: product.images,
    seo_title: product.seoTitle,
    seo_description: product.seoDescription,
    category_ids: product.categoryIds,
    collection_ids: product.collectionIds,
    folded_title: foldText(product.title),
    folded_details: foldDetails(product),
    folded_description: foldText(product.description.slice(0, SEARCHED_DESCRIPTION)),
    revision: Number(product.revision),
    created_at: product.createdAt.toString(),
    updated_at: product.updatedAt.toString(),
  }
}

function toVariantRow({ productId }: Product, variant: Variant, position: number) {
  return {
    variant_id: variant.variantId,
    product_id: productId,
    sku: variant.sku,
    option_values: variant.optionValues,
    barcode: variant.barcode,
    weight_grams: variant.weightGrams,
    requires_shipping: variant.requiresShipping,
    dimensions_mm: toSidesRow(variant.dimensions),
    stock_policy: variant.stockPolicy,
    position,
  }
}

function toPriceRows({ productId, variants }: Product) {
  return variants.flatMap(({ variantId, prices }) =>
    prices.map((price) => ({
      variant_id: variantId,
      product_id: productId,
      currency: price.currency,
      price_list_key: price.priceListKey,
      amount_minor: Number(price.amountMinor),
      compare_at_minor: price.compareAtMinor === undefined ? null : Number(price.compareAtMinor),
      starts_at: price.startsAt?.toString() ?? null,
      ends_at: price.endsAt?.toString() ?? null,
    })),
  )
}
