import { expect, test } from 'vitest'
import { makeSeed } from '../seed/make-seed.ts'
import { CsvReader } from '../src/csv/csv-reader.ts'

/** Grams that goods of a category weigh: what is outside would make nobody's parcel. */
const believable: Readonly<Record<string, readonly [lightest: number, heaviest: number]>> = {
  lighting: [200, 6_500],
  'blankets-cushions': [300, 3_000],
  vases: [300, 4_000],
  'coffee-tea': [300, 2_000],
  cookware: [500, 6_000],
  tableware: [100, 3_500],
  desk: [100, 3_000],
  stationery: [80, 600],
  bags: [50, 1_600],
  camping: [80, 3_500],
  tops: [150, 800],
  hats: [40, 160],
  shoes: [300, 2_000],
  'gift-cards': [0, 0],
}

/** Grams of kinds of things, by a word of their titles. */
const kinds: readonly (readonly [word: RegExp, lightest: number, heaviest: number])[] = [
  [/\bMug$/, 100, 500],
  [/T-Shirt$/, 150, 350],
  [/\bBoot$/, 900, 2_000],
  [/Tent$/, 1_500, 3_500],
  [/Notebook$/, 80, 400],
  [/Dutch Oven/, 3_000, 6_000],
  [/Floor Lamp/, 4_000, 8_000],
  [/Napkins|Head Torch|Cap$|Folding Shopper/, 40, 350],
]

/** A row a variant, each cell by the name of its column. */
function seededRows(): Map<string, string>[] {
  const records: string[][] = []
  const reader = new CsvReader((record) => {
    if (record.kind === 'cells') records.push(record.cells)
  })
  reader.push(makeSeed().csv)
  reader.end()
  const [names = [], ...rows] = records
  return rows.map((cells) => new Map(cells.map((cell, index) => [names[index] ?? '', cell])))
}

const rows = seededRows().map((cells) => ({
  slug: cells.get('slug') ?? '',
  title: cells.get('title') ?? '',
  category: cells.get('categories') ?? '',
  price: Number(cells.get('price:USD')),
  grams: Number(cells.get('weight_grams')),
  requiresShipping: cells.get('requires_shipping'),
}))

test('every variant of the demo shop weighs what goods of its category weigh', () => {
  expect(new Set(rows.map(({ slug }) => slug)).size).toBe(120)
  expect(new Set(rows.map(({ category }) => category))).toEqual(new Set(Object.keys(believable)))
  const odd = rows.filter(({ category, grams }) => {
    const [lightest, heaviest] = believable[category] ?? [0, 0]
    return !(grams >= lightest && grams <= heaviest)
  })
  expect(odd).toEqual([])
})

test('gift cards are not delivered, all else is', () => {
  for (const { slug, category, requiresShipping } of rows) {
    expect(requiresShipping, slug).toBe(String(category !== 'gift-cards'))
  }
})

test.each(kinds)('%s weighs %d to %d g', (word, lightest, heaviest) => {
  const found = rows.filter(({ title }) => word.test(title))
  expect(found.length).toBeGreaterThan(0)
  for (const { title, grams } of found) {
    expect(grams, title).toBeGreaterThanOrEqual(lightest)
    expect(grams, title).toBeLessThanOrEqual(heaviest)
  }
})

test('a larger pan or vase is a heavier one', () => {
  const sized = rows.filter(({ category }) => category === 'cookware' || category === 'vases')
  for (const variants of Map.groupBy(sized, ({ slug }) => slug).values()) {
    const byPrice = variants.toSorted((a, b) => a.price - b.price || a.grams - b.grams)
    const byWeight = variants.toSorted((a, b) => a.grams - b.grams || a.price - b.price)
    expect(byWeight).toEqual(byPrice)
    expect(new Set(variants.map(({ grams }) => grams)).size).toBeGreaterThan(1)
  }
})
