import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type NodeProcess, spawnNode } from '@purser/testing'
import { z } from 'zod'
import { type LoadFigures, measureLoad } from '../load/measure-load.ts'
import { manySearches } from './many-products.ts'
import { formatReport, type Measure } from './report.ts'
import { startShopBed } from './shop-bed.ts'

/**
 * What the shop answers to everybody over HTTP: `npm run bench:shop [-- --rounds 3] [-- --seconds 4] [-- --many 100000]`.
 * The whole platform runs in one process, the load in another. Beside each figure, that of a bare Fastify route with the
 * same body, in turn. `--many 0` leaves out the second half, over that many products more.
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
const search = (q: string) => `${SHOP}/search?q=${encodeURIComponent(q)}`

const paths = {
  listing: [SHOP],
  'product detail': ['linen-shirt', 'moka-pot', 'trail-tent', 'wok'].map(
    (slug) => `${SHOP}/${slug}`,
  ),
  search: ['linen shirt', 'lamp', 'wolo blanket', 'enamel mug', 'hik'].map(search),
  // Nothing that was answered in the last second comes again.
  'search, all different': (await manySearches()).map(search),
} as const
const kinds = ['listing', 'product detail', 'search', 'search, all different'] as const
const reach = { listing: 2_500, 'product detail': 3_000, search: 1_500 } as const

const readySchema = z.object({ url: z.url() })

const bed = await startShopBed()
try {
  const seeded = await measureAll()
  const transfer = many > 0 ? await transferMany() : undefined
  const full = many > 0 ? await measureAll() : []
  const processors = cpus()
  process.stdout.write(formatReport({ seeded, full, many, transfer, processors }))
} finally {
  await bed.stop()
}

async function measureAll(): Promise<Measure[]> {
  const measures: Measure[] = []
  for (const name of kinds) {
    const [first] = paths[name]
    const body = await bed.answerOf(first ?? SHOP)
    await using bare = start('../gateway/bare-process.ts', body, '/*')
    const [, text = ''] = await bare.waitForLine(/^ready (.+)$/m)
    const { url: bareUrl } = readySchema.parse(JSON.parse(text))
    const rounds: Measure['rounds'] = []
    for (let round = 0; round < Number(values.rounds); round += 1) {
      const ofBare = await load(bareUrl, paths[name], CONNECTIONS)
      const ofShop = await load(bed.url, paths[name], CONNECTIONS)
      rounds.push({ bare: ofBare, shop: ofShop })
      console.error(`${name}: ${Math.round(ofShop.rate)}/s, bare ${Math.round(ofBare.rate)}/s`)
    }
    const alone = await load(bed.url, paths[name], 1)
    measures.push({
      name,
      reach: name in reach ? reach[name as keyof typeof reach] : undefined,
      rounds,
      alone,
    })
  }
  return measures
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
