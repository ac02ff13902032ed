import type { CpuInfo } from 'node:os'

/** Requests a second of each round, the two in turn. */
export type GatewayFigures = { bareRates: number[]; gatewayRates: number[] }

type Figures = GatewayFigures & { logLevel: string; processors: readonly CpuInfo[] }

/** The result: the ratio first, then what it was made of. */
export function formatReport({ bareRates, gatewayRates, logLevel, processors }: Figures): string {
  const bare = median(bareRates)
  const gateway = median(gatewayRates)
  const microseconds = (rate: number) => Math.round(1_000_000 / rate)
  return `## The gateway: UserService.GetMe with an access token

| measure | reach | measured |
|---|---|---|
| gateway against a bare Fastify route with the same body | ≥ 0.5 | **${(gateway / bare).toFixed(2)}** |

Medians of ${bareRates.length} rounds in turn: bare Fastify ${rate(bare)} requests/s (${microseconds(bare)} µs each), gateway ${rate(gateway)}
requests/s (${microseconds(gateway)} µs each); log level ${logLevel}. 64 keep-alive connections from a process of their own, on
${processors.length} × ${processors[0]?.model.trim() ?? 'unknown'}, Node ${process.versions.node}. Signature, session, rate limit and
permission are checked for each request.
`
}

function rate(value: number): string {
  return Math.round(value).toLocaleString('en')
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN
}
