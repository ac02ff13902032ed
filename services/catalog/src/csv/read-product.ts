import { currencyExponent, Decimal, type Dimensions } from '@purser/kernel'
import type { CsvColumns, PlainColumn } from './csv-columns.ts'
import { LineRefusal } from './line-refusal.ts'
import {
  MOST_MILLIMETRES,
  optionKey,
  type Product,
  type ProductInput,
  type ProductOption,
  type ProductStatus,
  STANDARD_TAX,
  type StockPolicy,
  type VariantInput,
  type VariantPrice,
} from '../domain/product.ts'

/** A line by its columns. */
export type CsvLine = { line: number; cells: ReadonlyMap<string, string> }

/** Lines of one product, in their order. */
export type CsvProduct = { slug: string; lines: readonly CsvLine[] }

/** What slugs in a file mean. */
export type Places = {
  categories: ReadonlyMap<string, string>
  collections: ReadonlyMap<string, string>
}

const statuses: ReadonlySet<string> = new Set([
  'draft',
  'published',
  'archived',
] satisfies ProductStatus[])
const policies: ReadonlySet<string> = new Set([
  'deny',
  'backorder',
  'preorder',
  'untracked',
] satisfies StockPolicy[])

const truths: ReadonlySet<string> = new Set(['true', 'false'])

/**
 * What the lines say of a product. What they have no column for stays as it is in `existing`; variants
 * that they do not name stay, after those that they do. Throws LineRefusal.
 */
export function readProduct(
  { slug, lines }: CsvProduct,
  columns: CsvColumns,
  { existing, places }: { existing: Product | undefined; places: Places },
): ProductInput {
  const [first] = lines
  if (first === undefined) throw new Error('a product has a line')
  const told = <T>(column: PlainColumn, read: (cell: string) => T, before: T): T =>
    columns.has(column) ? read(cellOf(first, column)) : before
  const text = (cell: string) => cell
  const variants = readVariants(lines, columns, existing)
  return {
    slug,
    title: told('title', (cell) => cell || (existing?.title ?? ''), existing?.title ?? ''),
    description: told('description', text, existing?.description ?? ''),
    brand: told('brand', text, existing?.brand ?? ''),
    status: told(
      'status',
      oneOf<ProductStatus>(first, 'status', statuses, 'draft'),
      existing?.status ?? 'draft',
    ),
    publishAt: told('publish_time', instantOf(first), existing?.publishAt),
    taxCategory: told(
      'tax_category',
      (cell) => cell || STANDARD_TAX,
      existing?.taxCategory ?? STANDARD_TAX,
    ),
    options: readOptions(first, columns, variants, existing?.options ?? []),
    attributes: readAttributes(first, columns, existing),
    images: told('images', imagesOf(first), existing?.images ?? []),
    seoTitle: told('seo_title', text, existing?.seoTitle ?? ''),
    seoDescription: told('seo_description', text, existing?.seoDescription ?? ''),
    categoryIds: told(
      'categories',
      idsOf(first, 'category', places.categories),
      existing?.categoryIds ?? [],
    ),
    collectionIds: told(
      'collections',
      idsOf(first, 'collection', places.collections),
      existing?.collectionIds ?? [],
    ),
    variants,
  }
}

const cellOf = ({ cells }: CsvLine, column: string) => cells.get(column) ?? ''

function oneOf<T extends string>(
  { line }: CsvLine,
  column: string,
  known: ReadonlySet<string>,
  none: T,
) {
  return (cell: string): T => {
    if (cell === '') return none
    if (known.has(cell)) return cell as T
    throw new LineRefusal(
      line,
      'invalid_value',
      `${column}: expected one of ${[...known].join(', ')}`,
    )
  }
}

function instantOf({ line }: CsvLine) {
  return (cell: string): Temporal.Instant | undefined => {
    if (cell === '') return undefined
    try {
      return Temporal.Instant.from(cell).round({
        smallestUnit: 'microsecond',
        roundingMode: 'floor',
      })
    } catch {
      throw new LineRefusal(line, 'invalid_value', 'publish_time: expected a time as in RFC 3339')
    }
  }
}

function imagesOf(line: CsvLine) {
  return (cell: string) => {
    const alts = cellOf(line, 'image_alts').split('|')
    const urls = cell.split(/\s+/).filter((url) => url !== '')
    return urls.map((url, index) => ({ url, alt: alts[index]?.trim() ?? '' }))
  }
}

function idsOf(
  { line }: CsvLine,
  what: 'category' | 'collection',
  known: ReadonlyMap<string, string>,
) {
  return (cell: string): string[] => {
    const ids = listOf(cell).map((slug) => {
      const id = known.get(slug)
      if (id === undefined) {
        throw new LineRefusal(line, `unknown_${what}`, `there is no ${what} "${slug.slice(0, 80)}"`)
      }
      return id
    })
    return [...new Set(ids)]
  }
}

const listOf = (cell: string) =>
  cell
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')

function readAttributes(first: CsvLine, columns: CsvColumns, existing: Product | undefined) {
  const kept = (existing?.attributes ?? []).filter(({ key }) => !columns.attributes.includes(key))
  const told = columns.attributes.flatMap((key) => {
    const values = [...new Set(listOf(cellOf(first, `attribute:${key}`)))]
    return values.length > 0 ? [{ key, values }] : []
  })
  return [...told, ...kept]
}

function readOptions(
  first: CsvLine,
  columns: CsvColumns,
  variants: readonly VariantInput[],
  before: readonly ProductOption[],
): ProductOption[] {
  const names = columns.has('option1_name')
    ? ([1, 2, 3] as const)
        .map((place) => cellOf(first, `option${place}_name`))
        .filter((name) => name !== '')
    : before.map(({ name }) => name)
  return names.map((name, place) => ({
    name,
    key: optionKey(name),
    values: [...new Set(variants.map(({ optionValues }) => optionValues[place] ?? ''))],
  }))
}

function readVariants(
  lines: readonly CsvLine[],
  columns: CsvColumns,
  existing: Product | undefined,
): VariantInput[] {
  const before = new Map((existing?.variants ?? []).map((variant) => [variant.sku, variant]))
  const told = lines.map((line) => readVariant(line, columns, before.get(cellOf(line, 'sku'))))
  const skus = new Set(told.map(({ sku }) => sku))
  const kept = (existing?.variants ?? []).filter(({ sku }) => !skus.has(sku))
  return [...told, ...kept.map(({ variantId: _id, ...variant }) => variant)]
}

function readVariant(
  line: CsvLine,
  columns: CsvColumns,
  before: VariantInput | undefined,
): VariantInput {
  const told = <T>(column: PlainColumn, read: (cell: string) => T, otherwise: T): T =>
    columns.has(column) ? read(cellOf(line, column)) : otherwise
  const values = ([1, 2, 3] as const).map((place) => cellOf(line, `option${place}_value`))
  return {
    sku: cellOf(line, 'sku'),
    optionValues: columns.has('option1_value')
      ? values.filter((value) => value !== '')
      : (before?.optionValues ?? []),
    barcode: told('barcode', (cell) => cell, before?.barcode ?? ''),
    weightGrams: told(
      'weight_grams',
      (cell) => unitsOf(line, 'weight_grams', cell),
      before?.weightGrams ?? 0,
    ),
    requiresShipping: told(
      'requires_shipping',
      (cell) => oneOf(line, 'requires_shipping', truths, 'true')(cell) === 'true',
      before?.requiresShipping ?? true,
    ),
    ...readDimensions(line, columns, before),
    stockPolicy: told(
      'stock_policy',
      oneOf<StockPolicy>(line, 'stock_policy', policies, 'deny'),
      before?.stockPolicy ?? 'deny',
    ),
    prices: readPrices(line, columns, before?.prices ?? []),
  }
}

/** How large a unit is, as far as the file has columns for it; in full or not at all. Throws LineRefusal. */
function readDimensions(
  line: CsvLine,
  columns: CsvColumns,
  before: VariantInput | undefined,
): { dimensions?: Dimensions } {
  const sideOf = (column: PlainColumn, otherwise: number | undefined): number => {
    if (!columns.has(column)) return otherwise ?? 0
    const side = unitsOf(line, column, cellOf(line, column))
    if (side <= MOST_MILLIMETRES) return side
    throw new LineRefusal(line.line, 'invalid_value', `${column}: at most ${MOST_MILLIMETRES}`)
  }
  const dimensions = {
    lengthMm: sideOf('length_mm', before?.dimensions?.lengthMm),
    widthMm: sideOf('width_mm', before?.dimensions?.widthMm),
    heightMm: sideOf('height_mm', before?.dimensions?.heightMm),
  }
  const measured = Object.values(dimensions).filter((side) => side > 0).length
  if (measured === 0) return {}
  if (measured === 3) return { dimensions }
  const message = 'length_mm, width_mm and height_mm: expected all of them or none'
  throw new LineRefusal(line.line, 'invalid_value', message)
}

/** A whole number of at most nine digits; 0 for an empty cell. Throws LineRefusal. */
export function unitsOf({ line }: CsvLine, column: string, cell: string): number {
  if (/^\d{0,9}$/.test(cell)) return Number(cell)
  throw new LineRefusal(line, 'invalid_value', `${column}: expected a whole number`)
}

/** Prices of everybody's list without a time are those of the file; the others stay. */
function readPrices(
  line: CsvLine,
  columns: CsvColumns,
  before: readonly VariantPrice[],
): VariantPrice[] {
  const isTold = ({ currency, priceListKey, startsAt, endsAt }: VariantPrice) =>
    columns.priceCurrencies.includes(currency) && priceListKey === '' && !startsAt && !endsAt
  const compared = new Map(
    before.filter(isTold).map((price) => [price.currency, price.compareAtMinor]),
  )
  const told = columns.priceCurrencies.flatMap((currency): VariantPrice[] => {
    const amountMinor = amountOf(line, `price:${currency}`, currency)
    if (amountMinor === undefined) return []
    const compareAtMinor = columns.compareAtCurrencies.includes(currency)
      ? amountOf(line, `compare_at:${currency}`, currency)
      : compared.get(currency)
    const always = { priceListKey: '', startsAt: undefined, endsAt: undefined }
    return [{ currency, amountMinor, compareAtMinor, ...always }]
  })
  return [...told, ...before.filter((price) => !isTold(price))]
}

/** Minor units of an amount such as 19.99; undefined for an empty cell. */
function amountOf(line: CsvLine, column: string, currency: string): bigint | undefined {
  const cell = cellOf(line, column)
  if (cell === '') return undefined
  const amount = Decimal.tryParse(cell)
  const exponent = currencyExponent(currency)
  const isExact = amount !== undefined && amount.equals(amount.round(exponent, 'down'))
  if (amount !== undefined && isExact && !amount.isNegative())
    return amount.toMinor(exponent, 'down')
  const example = exponent === 0 ? '1999' : `19.${'9'.repeat(exponent)}`
  throw new LineRefusal(
    line.line,
    'invalid_price',
    `${column}: expected an amount such as ${example}`,
  )
}
