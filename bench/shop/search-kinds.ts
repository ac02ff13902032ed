import { seriesOf, titleWords } from './many-products.ts'

/** Searches of one kind, no two the same. */
export type SearchKind = { name: string; paths: readonly string[] }

/** As many questions as are asked of a kind in a second, and more: answers are remembered that long. */
const MOST_QUESTIONS = 1_200

const spread = (text: string) => text.split(' ')
/** Each is in thousands or tens of thousands of 100,000 products: of titles, categories, properties or descriptions. */
const common = [
  ...spread('dry wash hand safe dishwasher cloth kitchen home outdoor office steel cotton'),
  ...titleWords,
]
/** Each is in hundreds or thousands of 100,000 products. */
const things = spread(
  'lamp vase bag shirt boot cushion kettle skillet journal tent mug sandal hammock',
)
const sorts = ['price_asc', 'price_desc', 'newest', 'title'].map((sort) => `&sort=${sort}`)
const filters = [
  '&facets=material%3DCotton',
  '&category=home',
  '&only_available=true',
  '&min_price=2000&max_price=6000',
  '&facets=color%3DBlack&facets=color%3DWhite&only_available=true',
]

/** The kinds of searches over `count` products of `manyProducts`; `shop` is the path of the shop's products. */
export function searchKinds(shop: string, count: number): SearchKind[] {
  const series = seriesOf(count)
  const pairs = everyPair(common, common)
  const begins = [...series, ...common].flatMap((word) => [word.slice(0, 2), word.slice(0, 3)])
  const kinds: Record<string, readonly string[]> = {
    'a rare word': searches(series),
    'a rare word with a typo': searches(series.map(misspelled)),
    'a common word': searches(common),
    'a common word with a typo': searches(common.map(misspelled)),
    'a common and another word': searches(everyPair(common, things)),
    'two common words': searches(pairs),
    'the begin of a word': searches([...new Set(begins)]),
    'a common word, with facets': searches(common, ['&with_facets=true']),
    'a common word, filtered': searches(common, filters),
    'a common word, sorted': searches(common, sorts),
    'two common words, with all of it': searches(
      pairs,
      sorts.flatMap((sort) => filters.map((filter) => `&with_facets=true${sort}${filter}`)),
    ),
  }
  const searched = Object.entries(kinds).map(([name, queries]) => ({
    name,
    paths: paged(queries).map((query) => `${shop}/search?${query}`),
  }))
  const typed = new Set([...begins, ...series.map((word) => word.slice(0, 4))])
  const suggested = shuffled([...typed]).map((q) => `${shop}/suggestions?q=${q}`)
  return [...searched, { name: 'suggestions', paths: suggested }]
}

const everyPair = (ones: readonly string[], others: readonly string[]) =>
  ones.flatMap((one) => others.filter((other) => other !== one).map((other) => `${one} ${other}`))

/** Every question with every addition. */
const searches = (questions: readonly string[], additions: readonly string[] = ['']) =>
  questions.flatMap((q) => additions.map((addition) => `q=${encodeURIComponent(q)}${addition}`))

/** A letter is left out, doubled, or has changed places with the one before. */
function misspelled(word: string, at: number): string {
  const place = 1 + (at % (word.length - 1))
  const [before, letter, after] = [word.slice(0, place), word.charAt(place), word.slice(place + 1)]
  if (at % 3 === 0) return `${before}${after}`
  if (at % 3 === 1) return `${before}${letter}${letter}${after}`
  return `${before.slice(0, -1)}${letter}${before.slice(-1)}${after}`
}

/** Lists of 20 and of nearly as many, the first pages first, until there are enough different ones. */
function paged(queries: readonly string[]): string[] {
  const all: string[] = []
  for (let page = 1; all.length < MOST_QUESTIONS; page += 1) {
    for (const size of [20, 21, 19, 22, 18, 23, 17, 24, 16, 25]) {
      all.push(...shuffled(queries).map((query) => `${query}&page=${page}&page_size=${size}`))
      if (all.length >= MOST_QUESTIONS) break
    }
  }
  return all.slice(0, MOST_QUESTIONS)
}

/** In an order that is the same each time, and in which neighbours are far apart. */
function shuffled<T>(items: readonly T[]): T[] {
  const step = [797, 499, 211, 97, 13, 1].find((prime) => items.length % prime !== 0) ?? 1
  return items.map((_, at) => items[(at * step) % items.length] as T)
}
