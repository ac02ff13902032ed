import { readFile } from 'node:fs/promises'

const seed = new URL('../../services/catalog/seed/products.csv', import.meta.url)

const words =
  'amber birch cedar delta ember fern grove hazel iris juniper kelp larch maple north olive pine quartz river stone tide'

/** Words of which each product of `manyProducts` has one or two in its title. */
export const titleWords: readonly string[] = words.split(' ')

/** Products that bring a series each. */
const SEEDED = 120
const consonants = 'bdfgklmnprstvz'
const vowels = 'aeiou'

/**
 * A CSV file of the products numbered `from` up to `to`: those of the demo shop again and again, each time under other
 * slugs, SKUs and titles. A piece holds the lines of one product.
 */
export async function* manyProducts(from: number, to: number): AsyncGenerator<string> {
  const [header = '', ...lines] = (await readFile(seed, 'utf8')).trim().split('\n')
  yield `${header}\n`
  const bySlug = [...Map.groupBy(lines, (line) => line.slice(0, line.indexOf(',')))]
  for (let index = from; index < to; index += 1) {
    const [slug = '', own = []] = bySlug[index % bySlug.length] ?? []
    const round = Math.floor(index / bySlug.length)
    yield own.map((line) => `${renamed(line, slug, round)}\n`).join('')
  }
}

/** Names in addresses of some thousands of `count` products of `manyProducts`. */
export function manySlugs(count: number): string[] {
  const slugs = ['harbour-table-lamp', 'linen-shirt', 'moka-pot', 'trail-tent', 'wok']
  // A round that is not whole may lack any of them.
  const rounds = Math.floor(count / SEEDED)
  return Array.from({ length: rounds }, (_, round) =>
    slugs.map((slug) => `${slug}-${round}`),
  ).flat()
}

/** Searches of two words each that products of `manyProducts` have in their titles; no two are the same. */
export async function manySearches(): Promise<string[]> {
  const lines = (await readFile(seed, 'utf8')).trim().split('\n').slice(1)
  const titles = lines.map((line) => line.split(',')[1] ?? '')
  const firsts = new Set(titles.flatMap((title) => title.toLowerCase().match(/[a-z]{3,}/g) ?? []))
  return [...firsts].flatMap((first) => titleWords.map((second) => `${first} ${second}`))
}

/** The series of `count` products of `manyProducts`: a word each that 120 products have, at most, and no others. */
export function seriesOf(count: number): string[] {
  return Array.from({ length: Math.ceil(count / SEEDED) }, (_, round) => seriesName(round))
}

/** Three syllables, other ones for each round; neighbours have little in common. */
function seriesName(round: number): string {
  const syllables = consonants.length * vowels.length
  // 29 and 17 have no divisor in common with the 70 syllables.
  const parts = [round * 29, Math.floor(round / syllables) * 17 + round, round * 3 + 11]
  return parts
    .map((part) => part % syllables)
    .map((part) => `${consonants[part % consonants.length]}${vowels[part % vowels.length]}`)
    .join('')
}

/** Neither slug nor title holds a comma or a quote. */
function renamed(line: string, slug: string, round: number): string {
  const [, title = '', ...rest] = line.split(',')
  const first = titleWords[round % titleWords.length]
  const second = titleWords[Math.floor(round / titleWords.length) % titleWords.length]
  const sku = slug.toUpperCase()
  const tail = rest.join(',').replace(`,${sku}`, `,${sku}-${round}`)
  return `${slug}-${round},${title} ${first} ${second} ${seriesName(round)},${tail}`
}
