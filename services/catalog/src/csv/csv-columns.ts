import { isCurrency, isSlug, PurserError } from '@purser/kernel'

/** Columns by name; those of the contract's `CsvLine`. */
const plainColumns = [
  'slug',
  'title',
  'description',
  'brand',
  'status',
  'publish_time',
  'tax_category',
  'categories',
  'collections',
  'images',
  'image_alts',
  'seo_title',
  'seo_description',
  'option1_name',
  'option1_value',
  'option2_name',
  'option2_value',
  'option3_name',
  'option3_value',
  'sku',
  'barcode',
  'weight_grams',
  'length_mm',
  'width_mm',
  'height_mm',
  'requires_shipping',
  'stock_policy',
] as const

export type PlainColumn = (typeof plainColumns)[number]

/** What the first line of a file says. */
export type CsvColumns = {
  /** Names in their order. */
  names: readonly string[]
  /** Columns that the file has. */
  has(name: PlainColumn): boolean
  attributes: readonly string[]
  priceCurrencies: readonly string[]
  compareAtCurrencies: readonly string[]
  locations: readonly string[]
}

/** Columns in the order in which a file is written. */
export const columnOrder: readonly PlainColumn[] = plainColumns

/** Reads the first line. Throws `request.invalid` for unknown or repeated columns, or without slug and SKU. */
export function readColumns(cells: readonly string[]): CsvColumns {
  const names = cells.map((cell) => cell.replace(/^\u{FEFF}/u, '').trim())
  const known = new Set<string>()
  for (const name of names) {
    if (!isKnown(name) || known.has(name)) {
      const message = `The first line names a column "${name.slice(0, 80)}" that is unknown or stands twice.`
      throw new PurserError('request.invalid', message)
    }
    known.add(name)
  }
  if (!known.has('slug') || !known.has('sku')) {
    throw new PurserError(
      'request.invalid',
      'The first line names columns, among them slug and sku.',
    )
  }
  const after = (prefix: string) =>
    names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
  return {
    names,
    has: (name) => known.has(name),
    attributes: after('attribute:'),
    priceCurrencies: after('price:'),
    compareAtCurrencies: after('compare_at:'),
    locations: after('stock:'),
  }
}

function isKnown(name: string): boolean {
  if ((plainColumns as readonly string[]).includes(name)) return true
  const [prefix, rest = ''] = name.split(':', 2)
  if (prefix === 'attribute' || prefix === 'stock') return isSlug(rest)
  return (prefix === 'price' || prefix === 'compare_at') && isCurrency(rest)
}
