import { type ProcessorTime, readProcessorTime } from '../load/processor-time.ts'

/** What callers saw: decisions a second, the time that one took, and the processor time that each cost. */
export type Measurement = { rate: number; p50Ms: number; p99Ms: number } & ProcessorTime

/** How long callers ask, and the server whose processor time counts. */
export type Load = { callers: number; durationMs: number; postmasterPid: number }

/** Lets `callers` ask one after the other, each again as soon as it is answered, for `durationMs`. */
export async function measureCallers(
  { callers, durationMs, postmasterPid }: Load,
  decide: (caller: number) => Promise<unknown>,
): Promise<Measurement> {
  const latenciesMs: number[] = []
  const before = await readProcessorTime(postmasterPid)
  const begin = performance.now()
  const end = begin + durationMs
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let now = performance.now(); now < end; ) {
        await decide(caller)
        const done = performance.now()
        latenciesMs.push(done - now)
        now = done
      }
    }),
  )
  const seconds = (performance.now() - begin) / 1_000
  const after = await readProcessorTime(postmasterPid)
  const count = latenciesMs.length
  const sorted = Float64Array.from(latenciesMs).sort()
  const quantile = (share: number) => sorted[Math.floor((count - 1) * share)] ?? Number.NaN
  return {
    rate: count / seconds,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    nodeMicros: (after.nodeMicros - before.nodeMicros) / count,
    postgresMicros: (after.postgresMicros - before.postgresMicros) / count,
  }
}
