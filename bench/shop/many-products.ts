import { readFile } from 'node:fs/promises'

const seed = new URL('../../services/catalog/seed/products.csv', import.meta.url)

const words =
  'amber birch cedar delta ember fern grove hazel iris juniper kelp larch maple north olive pine quartz river stone tide'
const names = words.split(' ')

/**
 * A CSV file of `count` products: those of the demo shop again and again, each time under other slugs, SKUs and titles.
 * A piece holds the lines of one product.
 */
export async function* manyProducts(count: number): AsyncGenerator<string> {
  const [header = '', ...lines] = (await readFile(seed, 'utf8')).trim().split('\n')
  yield `${header}\n`
  const bySlug = [...Map.groupBy(lines, (line) => line.slice(0, line.indexOf(',')))]
  for (let index = 0; index < count; index += 1) {
    const [slug = '', own = []] = bySlug[index % bySlug.length] ?? []
    const round = Math.floor(index / bySlug.length)
    yield own.map((line) => `${renamed(line, slug, round)}\n`).join('')
  }
}

/** Searches of two words each that products of `manyProducts` have in their titles; no two are the same. */
export async function manySearches(): Promise<string[]> {
  const lines = (await readFile(seed, 'utf8')).trim().split('\n').slice(1)
  const titles = lines.map((line) => line.split(',')[1] ?? '')
  const firsts = new Set(titles.flatMap((title) => title.toLowerCase().match(/[a-z]{3,}/g) ?? []))
  return [...firsts].flatMap((first) => names.map((second) => `${first} ${second}`))
}

/** Neither slug nor title holds a comma or a quote. */
function renamed(line: string, slug: string, round: number): string {
  const [, title = '', ...rest] = line.split(',')
  const first = names[round % names.length]
  const second = names[Math.floor(round / names.length) % names.length]
  const sku = slug.toUpperCase()
  const tail = rest.join(',').replace(`,${sku}`, `,${sku}-${round}`)
  return `${slug}-${round},${title} ${first} ${second},${tail}`
}
