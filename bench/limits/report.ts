import { cpus, loadavg } from 'node:os'
import type { Measurement } from './measure-callers.ts'

type Results = Record<'service' | 'plain' | 'handWritten' | 'engineAlone', readonly Measurement[]>

/** Medians of the rounds and their ratios. */
export function formatReport(
  { counters, callers }: { counters: number; callers: number },
  results: Results,
): string {
  const service = medianOf(results.service)
  const rivals = {
    'a transaction each: begin, tenant, counter, row, commit': medianOf(results.plain),
    'the same as one hand-written statement': medianOf(results.handWritten),
    'the engine itself, a transaction each': medianOf(results.engineAlone),
  }
  const reach = counters === 1 ? '≥ 50×' : '≥ 5×, p99 below its p50'
  const lines = Object.entries(rivals).map(([name, rival]) =>
    toLine(name, rival, `${(service.rate / rival.rate).toFixed(1)}×`),
  )
  return `## ${counters.toLocaleString('en')} counters, ${callers} callers (reach: ${reach})

| | decisions/s | p50 ms | p99 ms | µs Node | µs Postgres | the service against it |
|---|---|---|---|---|---|---|
${[toLine('through the service, grouped', service, ''), ...lines].join('\n')}

Medians of ${results.service.length} rounds in turn, synchronous commits, ${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1)}.
µs: processor time for each decision; of Node, that of all callers included.

`
}

function toLine(name: string, figures: Measurement, against: string): string {
  const { rate, p50Ms, p99Ms, nodeMicros, postgresMicros } = figures
  const perSecond = Math.round(rate).toLocaleString('en')
  const times = [
    p50Ms.toFixed(1),
    p99Ms.toFixed(1),
    nodeMicros.toFixed(0),
    postgresMicros.toFixed(0),
  ]
  return `| ${[name, perSecond, ...times, against].join(' | ')} |`
}

function medianOf(rounds: readonly Measurement[]): Measurement {
  const middle = (pick: (round: Measurement) => number) =>
    rounds.map(pick).toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? Number.NaN
  return {
    rate: middle(({ rate }) => rate),
    p50Ms: middle(({ p50Ms }) => p50Ms),
    p99Ms: middle(({ p99Ms }) => p99Ms),
    nodeMicros: middle(({ nodeMicros }) => nodeMicros),
    postgresMicros: middle(({ postgresMicros }) => postgresMicros),
  }
}
