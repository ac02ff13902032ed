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

/** How the many products came in and went out. */
type Transfer = {
  importSeconds: number
  importPeakMegabytes: number | undefined
  megabytes: number
  exportSeconds: number
  exportPeakMegabytes: number | undefined
}

type Figures = {
  seeded: readonly Measure[]
  full: readonly Measure[]
  many: number
  transfer: Transfer | undefined
  processors: readonly CpuInfo[]
}

/** The tables of a run. */
export function formatReport({ seeded, full, many, transfer, processors }: Figures): string {
  const parts = [
    `## The shop over HTTP, anonymous\n\n### The demo shop\n\n${tableOf(seeded)}`,
    ...(full.length > 0 ? [`### ${whole(many)} products more\n\n${tableOf(full)}`] : []),
    ...(transfer ? [transferText(many, transfer)] : []),
    `Medians of the rounds, in turn with a bare Fastify route that answers the same body; 32 keep-alive connections, and one
for "alone". Server, embedded Postgres and load share ${processors.length} × ${processors[0]?.model.trim() ?? 'unknown'}, Node ${process.versions.node}.
`,
  ]
  return parts.join('\n')
}

function tableOf(measures: readonly Measure[]): string {
  const rows = measures.map(({ name, reach, rounds, alone }) => {
    const shop = median(rounds.map((each) => each.shop.rate))
    const bare = median(rounds.map((each) => each.bare.rate))
    const p99 = median(rounds.map((each) => each.shop.p99Ms))
    const cells = [
      name,
      reach === undefined ? '' : `≥ ${whole(reach)}`,
      `**${whole(shop)}**`,
      whole(bare),
      (shop / bare).toFixed(2),
      p99.toFixed(1),
      alone.p50Ms.toFixed(2),
      alone.p99Ms.toFixed(2),
    ]
    return `| ${cells.join(' | ')} |`
  })
  return `| | reach/s | shop/s | bare/s | ratio | p99 ms | alone p50 ms | alone p99 ms |
|---|---|---|---|---|---|---|---|
${rows.join('\n')}
`
}

function transferText(many: number, transfer: Transfer): string {
  const { importSeconds, importPeakMegabytes, megabytes, exportSeconds, exportPeakMegabytes } =
    transfer
  const peak = (value: number | undefined) =>
    value === undefined ? 'unknown' : `${whole(value)} MB`
  return `Import of ${whole(many)} products: ${importSeconds.toFixed(0)} s, ${whole(many / importSeconds)} products/s, peak memory of the whole
platform's process ${peak(importPeakMegabytes)}. Export, ${megabytes.toFixed(0)} MB: ${exportSeconds.toFixed(0)} s, peak ${peak(exportPeakMegabytes)}.
`
}

const whole = (value: number) => Math.round(value).toLocaleString('en')

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
