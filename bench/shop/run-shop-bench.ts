import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type NodeProcess, spawnNode } from '@purser/testing'
import { z } from 'zod'
import { type LoadFigures, measureLoad } from '../load/measure-load.ts'
import { manySearches, manySlugs } from './many-products.ts'
import { formatReport, type Measure, type SearchMeasure } from './report.ts'
import { searchKinds } from './search-kinds.ts'
import { startShopBed } from './shop-bed.ts'

/**
 * What the shop answers to everybody over HTTP: `npm run bench:shop [-- --rounds 3] [-- --seconds 4] [-- --many 100000]`.
 * The whole platform runs in one process, the load in another. Beside each figure, that of a bare Fastify route with the
 * same body, in turn. `--many 0` leaves out the second half, over that many products more, with searches by kind.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    many: { type: 'string', default: '100000' },
  },
})
const measuredMs = Number(values.seconds) * 1_000
const many = Number(values.many)

const SHOP = '/api/v1/tenants/acme/products'
const CONNECTIONS = 32
/** Searches at once over many products. */
const SEARCHING = 4
const search = (q: string) => `${SHOP}/search?q=${encodeURIComponent(q)}`

type Read = { name: string; paths: readonly string[]; reach?: number }

const reads: readonly Read[] = [
  { name: 'listing of 20', reach: 2_500, paths: [SHOP] },
  { name: 'listing of 20, all different', paths: listings() },
  {
    name: 'product detail',
    reach: 3_000,
    paths: ['linen-shirt', 'moka-pot', 'trail-tent', 'wok'].map((slug) => `${SHOP}/${slug}`),
  },
]
const searches: readonly Read[] = [
  {
    name: 'search',
    reach: 1_500,
    paths: ['linen shirt', 'lamp', 'wolo blanket', 'enamel mug', 'hik'].map(search),
  },
  { name: 'search, all different', paths: (await manySearches()).map(search) },
]

const readySchema = z.object({ url: z.url() })

const bed = await startShopBed()
try {
  const seeded = await measureAll([...reads, ...searches])
  const processors = cpus()
  const full = many > 0 ? await measureMany() : undefined
  process.stdout.write(formatReport({ seeded, many: full, processors }))
} finally {
  await bed.stop()
}

async function measureMany() {
  const transfer = await transferMany()
  const details = manySlugs(many).map((slug) => `${SHOP}/${slug}`)
  const ofReads = await measureAll([
    ...reads,
    { name: 'product detail, all different', paths: details },
  ])
  const ofSearches: SearchMeasure[] = []
  for (const { name, paths } of searchKinds(SHOP, many)) {
    const alone = await load(bed.url, paths, 1)
    const together = await load(bed.url, paths, SEARCHING)
    console.error(`${name}: p99 ${alone.p99Ms.toFixed(1)} ms, ${together.p99Ms.toFixed(1)} ms`)
    ofSearches.push({ name, questionCount: paths.length, alone, together })
  }
  return { count: many, reads: ofReads, searches: ofSearches, connections: SEARCHING, transfer }
}

async function measureAll(kinds: readonly Read[]): Promise<Measure[]> {
  const measures: Measure[] = []
  for (const { name, paths, reach } of kinds) {
    const body = await bed.answerOf(paths[0] ?? SHOP)
    await using bare = start('../gateway/bare-process.ts', body, '/*')
    const [, text = ''] = await bare.waitForLine(/^ready (.+)$/m)
    const { url: bareUrl } = readySchema.parse(JSON.parse(text))
    const rounds: Measure['rounds'] = []
    for (let round = 0; round < Number(values.rounds); round += 1) {
      const ofBare = await load(bareUrl, paths, CONNECTIONS)
      const ofShop = await load(bed.url, paths, CONNECTIONS)
      rounds.push({ bare: ofBare, shop: ofShop })
      console.error(`${name}: ${Math.round(ofShop.rate)}/s, bare ${Math.round(ofBare.rate)}/s`)
    }
    const alone = await load(bed.url, paths, 1)
    measures.push({ name, reach, rounds, alone })
  }
  return measures
}

/** Lists as different visitors open them: of each category and collection, in each order, of 20 and of nearly as many. */
function listings(): string[] {
  const categories =
    'home kitchen office outdoor clothing lighting vases cookware bags tops hats shoes'
  const places = [
    ...categories.split(' ').map((slug) => `category=${slug}`),
    ...['new-in', 'bestsellers', 'on-sale'].map((slug) => `collection=${slug}`),
    'only_available=true',
    'currency=EUR',
  ]
  const orders = ['newest', 'price_asc', 'price_desc', 'title']
  const sizes = [20, 21, 19, 22, 18, 23, 17, 24, 16, 25]
  return sizes.flatMap((size) =>
    [1, 2].flatMap((page) =>
      orders.flatMap((order) =>
        places.map((place) => `${SHOP}?${place}&sort=${order}&page=${page}&page_size=${size}`),
      ),
    ),
  )
}

async function transferMany() {
  const importSeconds = await bed.importMany(many)
  const importPeakMegabytes = bed.peakMegabytes()
  const { megabytes, seconds: exportSeconds } = await bed.exportAll()
  const exportPeakMegabytes = bed.peakMegabytes()
  return { importSeconds, importPeakMegabytes, megabytes, exportSeconds, exportPeakMegabytes }
}

function load(url: string, asked: readonly string[], connections: number): Promise<LoadFigures> {
  return measureLoad({ url, paths: asked, connections, measuredMs })
}

function start(file: string, ...args: string[]): NodeProcess {
  return spawnNode([join(import.meta.dirname, file), ...args])
}
