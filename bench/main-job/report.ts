import { execFileSync } from 'node:child_process'
import type { CpuInfo } from 'node:os'
import { totalmem } from 'node:os'
import type { BillingFigures, IngestFigures } from './measures.ts'

type Figures = {
  ingest: IngestFigures
  billing: BillingFigures
  peakBytes: number | undefined
  processors: readonly CpuInfo[]
}

/** Rows a second that bare `COPY` wrote on the machine on which the goal of five seconds was set. */
const GOAL_COPY_RATE = 143_000

const BYTES_PER_GIB = 2 ** 30
const BYTES_PER_MB = 1_000_000

/** The results page: ratios first, then what they were made of. */
export function formatReport({ ingest, billing, peakBytes, processors }: Figures): string {
  const copySeconds = median(ingest.copySeconds)
  const httpSeconds = median(ingest.httpSeconds)
  const perSecond = (value: number) => Math.round(ingest.rowCount / value).toLocaleString('en')
  const scaledSeconds = (billing.runSeconds * ingest.rowCount) / copySeconds / GOAL_COPY_RATE
  const runRatio = billing.runSeconds / billing.groupBySeconds
  const memory =
    peakBytes === undefined ? 'not told here' : `${Math.round(peakBytes / BYTES_PER_MB)} MB`
  return `# Benchmarks

What \`npm run bench\` printed. Run it again: machines differ, the ratios less so.

| | |
|---|---|
| machine | ${processors.length} × ${processors[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / BYTES_PER_GIB)} GiB |
| date | ${new Date().toISOString().slice(0, 10)} |
| commit | ${commit()} |
| Node | ${process.versions.node} |

## The main job: ${ingest.rowCount.toLocaleString('en')} real usage events

| measure | reach | measured |
|---|---|---|
| ingest over HTTP against bare \`COPY\` into the same table | ≥ 0.6 | **${(copySeconds / httpSeconds).toFixed(2)}** |
| billing run over the stored events, all invoices finalized | ≤ 5 s | **${billing.runSeconds.toFixed(1)} s** |
| the same, scaled to the machine of the goal by the speed of \`COPY\` | ≤ 5 s | **${scaledSeconds.toFixed(1)} s** |
| the run against the bare \`group by\` | ≤ 20× | **${runRatio.toFixed(1)}×** |
| run of a finished month | < 1 s, no change | **${billing.rerunSeconds.toFixed(2)} s, ${billing.rerunInvoices} invoices** |
| greatest resident memory of the process | < 400 MB | **${memory}** |

Behind the ratios, medians of ${ingest.copySeconds.length} rounds in turn: \`COPY\` on one connection ${copySeconds.toFixed(1)} s
(${perSecond(copySeconds)} rows/s), HTTP ${httpSeconds.toFixed(1)} s (${perSecond(httpSeconds)} events/s); bare \`group by\`
${billing.groupBySeconds.toFixed(2)} s; ${billing.invoiceCount.toLocaleString('en')} invoices over ${billing.eventCount.toLocaleString('en')} events.
The goal of 5 s was set on a machine whose \`COPY\` wrote ${GOAL_COPY_RATE.toLocaleString('en')} rows a second: the scaled figure is the measured one times
this machine's rate over that one. \`COPY\` neither parses JSON, nor checks, nor recognizes duplicates. The client shares the machine's cores with
the platform and with Postgres.
`
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN
}

function commit(): string {
  return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
}
