import { cpus, loadavg } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { readProcessorTime } from '../load/processor-time.ts'
import { type Bed, startBed } from '../main-job/bed.ts'
import { ShopClient } from './shop-client.ts'

/**
 * Guests who buy one thing over HTTP, from an empty cart to a paid order: `npm run bench:checkout [-- --seconds 10]
 * [-- --shoppers 50] [-- --warm-up 40]`. The first seconds are not measured: a shop runs for weeks, and only after a thousand orders
 * has V8 compiled what an order takes and has each connection its plans. The whole platform runs in one process, with sandbox payments; the shoppers share its cores.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    shoppers: { type: 'string', default: '50' },
    'warm-up': { type: 'string', default: '40' },
  },
})
const durationMs = Number(values.seconds) * 1_000
const warmUpMs = Number(values['warm-up']) * 1_000
const shopperCount = Number(values.shoppers)
/** Different things that are bought in turn. */
const THINGS = 20

const bed = await startBed()
try {
  const shop = new ShopClient(bed)
  const variants = await stocked(shop)
  let bought = 0
  const buyNext = () => {
    bought += 1
    return shop.buyOne(variants[bought % variants.length] ?? '')
  }
  await shopFor(warmUpMs, buyNext)
  const figures = await measure(bed, buyNext)
  console.log(formatReport(figures))
} finally {
  await bed.stop()
}

/** Things of the demo shop, once it is filled, of which there is enough. */
async function stocked(shop: ShopClient): Promise<string[]> {
  for (;;) {
    const variants = await shop.findVariants(THINGS)
    if (variants.length === THINGS) {
      for (const variantId of variants) await shop.setStock(variantId, 10_000_000)
      return variants
    }
    await delay(200)
  }
}

type Figures = {
  orders: number
  seconds: number
  p50Ms: number
  p99Ms: number
  nodeMs: number
  postgresMs: number
}

/** Lets all shoppers buy for so long, and answers how long each purchase took, in milliseconds. */
async function shopFor(forMs: number, buy: () => Promise<void>): Promise<number[]> {
  const latenciesMs: number[] = []
  const begin = performance.now()
  const shopper = async () => {
    for (let now = begin; now < begin + forMs; ) {
      await buy()
      const done = performance.now()
      latenciesMs.push(done - now)
      now = done
    }
  }
  await Promise.all(Array.from({ length: shopperCount }, shopper))
  return latenciesMs
}

async function measure(on: Bed, buy: () => Promise<void>): Promise<Figures> {
  const { node, postmaster } = on.pids()
  const before = await readProcessorTime(postmaster, node)
  const begin = performance.now()
  const latenciesMs = await shopFor(durationMs, buy)
  const seconds = (performance.now() - begin) / 1_000
  const after = await readProcessorTime(postmaster, node)
  const orders = latenciesMs.length
  const sorted = Float64Array.from(latenciesMs).sort()
  const quantile = (share: number) => sorted[Math.floor((orders - 1) * share)] ?? Number.NaN
  return {
    orders,
    seconds,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    nodeMs: (after.nodeMicros - before.nodeMicros) / orders / 1_000,
    postgresMs: (after.postgresMicros - before.postgresMicros) / orders / 1_000,
  }
}

function formatReport({ orders, seconds, p50Ms, p99Ms, nodeMs, postgresMs }: Figures): string {
  const cpuMs = nodeMs + postgresMs
  return `## Checkout over HTTP: ${shopperCount} shoppers, one thing each (cart, item, quote, order)

| measure | reach | measured |
|---|---|---|
| orders a second | ≥ 150 | **${(orders / seconds).toFixed(0)}** |
| processor time of an order, Node and Postgres | ≤ 15 ms | **${cpuMs.toFixed(1)} ms** (${nodeMs.toFixed(1)} + ${postgresMs.toFixed(1)}) |
| the four calls of a shopper, p50 and p99 | | ${p50Ms.toFixed(0)} ms, ${p99Ms.toFixed(0)} ms |

${orders} orders in ${seconds.toFixed(1)} s after ${values['warm-up']} s of warming up, synchronous commits, ${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1)}.
SQL statements of an order: \`npx vitest run apps/purser/test/checkout/place-order\` counts them.
`
}
