import type { LoadFigures } from '../load/measure-load.ts'
import type { CpuInfo } from 'node:os'

/** A kind of request: round by round beside a bare route, and one at a time. */
export type Measure = {
  name: string
  /** Requests a second to reach, if any are. */
  reach: number | undefined
  rounds: { bare: LoadFigures; shop: LoadFigures }[]
  alone: LoadFigures
}

/** A kind of search over many products: one at a time, and a few at once. */
export type SearchMeasure = {
  name: string
  /** Different questions that were asked in turn. */
  questionCount: number
  alone: LoadFigures
  together: LoadFigures
}

/** How the many products came in and went out. */
type Transfer = {
  importSeconds: number
  importPeakMegabytes: number | undefined
  megabytes: number
  exportSeconds: number
  exportPeakMegabytes: number | undefined
}

/** What was measured over many products. */
type Many = {
  count: number
  reads: readonly Measure[]
  searches: readonly SearchMeasure[]
  /** Searches at once in `together`. */
  connections: number
  transfer: Transfer
}

type Figures = {
  seeded: readonly Measure[]
  many: Many | undefined
  processors: readonly CpuInfo[]
}

/** Longest that 99 of 100 searches over many products may take, in milliseconds. */
const REACH_P99_MS = 50

/** The tables of a run. */
export function formatReport({ seeded, many, processors }: Figures): string {
  const parts = [
    `## The shop over HTTP, anonymous\n\n### The demo shop, 120 products\n\n${tableOf(seeded)}`,
    ...(many ? manyText(many) : []),
    `Medians of the rounds, in turn with a bare Fastify route that answers a body of the same kind; 32 keep-alive connections,
and one for "alone". Every answer is whole: none is a 304. "All different": asked again no sooner than a second later, when it
is read from Postgres again. Server, embedded Postgres and load share ${processors.length} × ${processors[0]?.model.trim() ?? 'unknown'}, Node ${process.versions.node}.
`,
  ]
  return parts.join('\n')
}

function tableOf(measures: readonly Measure[]): string {
  const rows = measures.map(({ name, reach, rounds, alone }) => {
    const shop = median(rounds.map((each) => each.shop.rate))
    const bare = median(rounds.map((each) => each.bare.rate))
    const p99 = median(rounds.map((each) => each.shop.p99Ms))
    return [
      name,
      reach === undefined ? '' : `≥ ${whole(reach)}`,
      `**${whole(shop)}**`,
      whole(bare),
      (shop / bare).toFixed(2),
      p99.toFixed(1),
      alone.p50Ms.toFixed(2),
      alone.p99Ms.toFixed(2),
    ]
  })
  const head = 'reach/s, shop/s, bare/s, ratio, p99 ms, alone p50 ms, alone p99 ms'
  return table(['', ...head.split(', ')], rows)
}

function manyText({ count, reads, searches, connections, transfer }: Many): string[] {
  return [
    `### ${whole(count)} products more\n\n${tableOf(reads)}`,
    `#### Searches by kind\n\n${searchTable(searches, connections)}`,
    transferText(count, transfer),
  ]
}

function searchTable(searches: readonly SearchMeasure[], connections: number): string {
  const rows = searches.map(({ name, questionCount, alone, together }) => [
    name,
    alone.p50Ms.toFixed(1),
    `**${alone.p99Ms.toFixed(1)}**`,
    together.p50Ms.toFixed(1),
    together.p99Ms.toFixed(1),
    // Faster than its questions come around within a second: some answers were remembered ones.
    together.rate < questionCount
      ? whole(together.rate)
      : `${whole(together.rate)}, some from memory`,
  ])
  const atOnce = `${connections} at once`
  const head = ['alone p50 ms', `alone p99 ms, reach ≤ ${REACH_P99_MS}`]
  return table(['', ...head, `${atOnce} p50 ms`, `${atOnce} p99 ms`, `${atOnce} searches/s`], rows)
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')

function transferText(many: number, transfer: Transfer): string {
  const { importSeconds, importPeakMegabytes, megabytes, exportSeconds, exportPeakMegabytes } =
    transfer
  const peak = (value: number | undefined) =>
    value === undefined ? 'unknown' : `${whole(value)} MB`
  return `Import of ${whole(many)} products in two files at once: ${importSeconds.toFixed(0)} s, ${whole(many / importSeconds)} products/s, peak memory of the whole
platform's process ${peak(importPeakMegabytes)}. Export, ${megabytes.toFixed(0)} MB: ${exportSeconds.toFixed(0)} s, peak ${peak(exportPeakMegabytes)}.
`
}

const whole = (value: number) => Math.round(value).toLocaleString('en')

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
