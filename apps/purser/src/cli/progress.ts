import { type Options, SingleBar } from 'cli-progress'

/** Shows how far long work has come. */
export type Progress = { update(value: number): void; stop(): void }

/** A bar with rate on a terminal; a line at the end where output is piped. */
export function startProgress(label: string, total: number, unit: string): Progress {
  if (!process.stderr.isTTY) return plainProgress(label, unit)
  const options: Options = {
    format: `${label.padEnd(18)} {bar} {percentage}% | {value}/{total} ${unit} | {rate}/s`,
    stream: process.stderr,
    hideCursor: true,
    fps: 10,
  }
  const startedMs = performance.now()
  const rateAt = (value: number) =>
    Math.round((value * 1_000) / Math.max(1, performance.now() - startedMs))
  const bar = new SingleBar({ ...options, barsize: 28 })
  bar.start(total, 0, { rate: 0 })
  return {
    update: (value) => bar.update(value, { rate: rateAt(value) }),
    stop: () => bar.stop(),
  }
}

function plainProgress(label: string, unit: string): Progress {
  const startedMs = performance.now()
  let last = 0
  return {
    update: (value) => {
      last = value
    },
    stop: () => {
      const seconds = (performance.now() - startedMs) / 1_000
      console.error(`${label}: ${last} ${unit} in ${seconds.toFixed(1)} s`)
    },
  }
}
