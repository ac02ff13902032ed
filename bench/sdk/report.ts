import { cpus } from 'node:os'
import type { LeaseFigures } from './measure-leases.ts'

/** Kinds of a route: alone, protected, and protected without headers on what is admitted. */
export const kinds = ['bare', 'leases', 'quiet'] as const
export type Kind = (typeof kinds)[number]

/** Requests a second of a framework, round by round. */
export type FrameworkFigures = { framework: string; rates: Record<Kind, readonly number[]> }

/** The tables of a run. */
export function formatReport(
  leases: readonly LeaseFigures[],
  frameworks: readonly FrameworkFigures[],
): string {
  const middle = leases.toSorted((a, b) => a.rate - b.rate)[Math.floor(leases.length / 2)]
  const whole = (value: number | undefined) => Math.round(value ?? Number.NaN).toLocaleString('en')
  const lines = frameworks.map(({ framework, rates }) => {
    const cost = (kind: Kind) => {
      const shares = rates[kind].map((rate, round) => 1 - rate / (rates.bare[round] ?? Number.NaN))
      return `${(median(shares) * 100).toFixed(1)} %`
    }
    const figures = [
      ...kinds.map((kind) => whole(median(rates[kind]))),
      cost('leases'),
      cost('quiet'),
    ]
    return `| ${framework} | ${figures.join(' | ')} |`
  })
  return `## Leases in one process (reach: ≥ 500,000/s, p99 ≤ 20 µs)

| decisions/s | p50 µs | p99 µs | asked the service |
|---|---|---|---|
| ${whole(middle?.rate)} | ${middle?.p50Us.toFixed(2)} | ${middle?.p99Us.toFixed(2)} | ${whole(middle?.asked)} |

## Middleware with leases on a bare route (reach: ≤ 5 %)

| framework | bare/s | protected/s | without headers/s | cost | cost without headers |
|---|---|---|---|---|---|
${lines.join('\n')}

Medians of ${leases.length} rounds in turn, the cost that of pairs; ${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}.
`
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}
