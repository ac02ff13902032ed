import { currencyExponent, Decimal } from '@purser/kernel'
import type { Product, Variant, VariantPrice } from '../domain/product.ts'
import { columnOrder } from './csv-columns.ts'

/** What a file has columns for, beside those of every file. */
export type CsvExtent = { attributes: readonly string[]; currencies: readonly string[] }

/** What ids mean in a file. */
export type Slugs = {
  categories: ReadonlyMap<string, string>
  collections: ReadonlyMap<string, string>
}

/** The first line of a file. */
export function csvHeader({ attributes, currencies }: CsvExtent): string {
  const names = [
    ...columnOrder,
    ...attributes.map((key) => `attribute:${key}`),
    ...currencies.flatMap((currency) => [`price:${currency}`, `compare_at:${currency}`]),
  ]
  return lineOf(names)
}

/** The lines of a product: one for each variant. */
export function csvLines(product: Product, extent: CsvExtent, slugs: Slugs): string {
  const ofProduct = productCells(product, slugs)
  return product.variants
    .map((variant) => {
      const cells: Record<string, string> = { ...ofProduct, ...variantCells(product, variant) }
      const attributes = extent.attributes.map((key) =>
        (product.attributes.find((attribute) => attribute.key === key)?.values ?? []).join(';'),
      )
      const prices = extent.currencies.flatMap((currency) => priceCells(variant, currency))
      return lineOf([...columnOrder.map((name) => cells[name] ?? ''), ...attributes, ...prices])
    })
    .join('')
}

function productCells(product: Product, slugs: Slugs): Record<string, string> {
  const slugsOf = (ids: readonly string[], known: ReadonlyMap<string, string>) =>
    ids.flatMap((id) => known.get(id) ?? []).join(';')
  return {
    slug: product.slug,
    title: product.title,
    description: product.description,
    brand: product.brand,
    status: product.status,
    publish_time: product.publishAt?.toString() ?? '',
    tax_category: product.taxCategory,
    categories: slugsOf(product.categoryIds, slugs.categories),
    collections: slugsOf(product.collectionIds, slugs.collections),
    images: product.images.map(({ url }) => url).join(' '),
    image_alts: product.images.map(({ alt }) => alt).join('|'),
    seo_title: product.seoTitle,
    seo_description: product.seoDescription,
  }
}

function variantCells({ options }: Product, variant: Variant): Record<string, string> {
  const ofOptions = options.flatMap(({ name }, place) => [
    [`option${place + 1}_name`, name],
    [`option${place + 1}_value`, variant.optionValues[place] ?? ''],
  ])
  return {
    ...Object.fromEntries(ofOptions),
    sku: variant.sku,
    barcode: variant.barcode,
    weight_grams: String(variant.weightGrams),
    length_mm: String(variant.dimensions?.lengthMm ?? ''),
    width_mm: String(variant.dimensions?.widthMm ?? ''),
    height_mm: String(variant.dimensions?.heightMm ?? ''),
    requires_shipping: String(variant.requiresShipping),
    stock_policy: variant.stockPolicy,
  }
}

function priceCells({ prices }: Variant, currency: string): [string, string] {
  const price = prices.find(
    (each) =>
      each.currency === currency && each.priceListKey === '' && !each.startsAt && !each.endsAt,
  )
  return [majorOf(price, price?.amountMinor), majorOf(price, price?.compareAtMinor)]
}

function majorOf(price: VariantPrice | undefined, minor: bigint | undefined): string {
  if (price === undefined || minor === undefined) return ''
  const exponent = currencyExponent(price.currency)
  return Decimal.fromBigInt(minor, exponent).toFixed(exponent, 'down')
}

function lineOf(cells: readonly string[]): string {
  return `${cells.map(quoted).join(',')}\r\n`
}

/** Quoted where RFC 4180 asks for it, and where the reader would trim. */
function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
