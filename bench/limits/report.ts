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

${runOf(results.service.length)}
µs: processor time for each decision; of Node, that of all callers included.

`
}

/** The service counting in Redis against itself counting in Postgres. */
export function formatCounters(
  { counters, callers }: { counters: number; callers: number },
  results: Record<'postgres' | 'redis', readonly Measurement[]>,
): string {
  const postgres = medianOf(results.postgres)
  const redis = medianOf(results.redis)
  const lines = [
    toLine('counted in Postgres', postgres, ''),
    toLine('counted in Redis', redis, `${(redis.rate / postgres.rate).toFixed(2)}×`),
  ]
  return `## ${counters.toLocaleString('en')} counters, ${callers} callers, each unit recorded in Postgres

| | decisions/s | p50 ms | p99 ms | µs Node | µs Postgres | Redis against Postgres |
|---|---|---|---|---|---|---|
${lines.join('\n')}

${runOf(results.postgres.length)}
µs: processor time for each decision; of Node, that of all callers included, of Redis left out.

`
}

/** What a reader has to know to compare figures of another run. */
function runOf(rounds: number): string {
  return `Medians of ${rounds} rounds in turn, synchronous commits, ${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1)}.`
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
