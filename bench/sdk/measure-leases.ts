import { setImmediate as turn } from 'node:timers/promises'
import type { Limiter } from '@purser/sdk'

/** Decisions a second in one process, and how long one took, in microseconds. */
export type LeaseFigures = { rate: number; p50Us: number; p99Us: number; asked: number }

/** Decisions between turns of the event loop, in which leases are borrowed and reports leave. */
const DECISIONS_A_TURN = 500

/** Decides as fast as it goes for `durationMs`. Throws when a decision is a refusal. */
export async function measureLeases(
  limiter: Limiter,
  { account, feature, durationMs }: { account: string; feature: string; durationMs: number },
): Promise<LeaseFigures> {
  const latencies = new Float64Array(20_000_000)
  let count = 0
  let asked = 0
  const begin = performance.now()
  const end = begin + durationMs
  for (let now = begin; now < end && count < latencies.length; ) {
    for (let index = 0; index < DECISIONS_A_TURN; index += 1) {
      let decision = limiter.tryConsume(account, feature)
      if (decision === undefined) {
        asked += 1
        decision = await limiter.consume(account, feature)
      }
      if (!decision.allowed) throw new Error(`refused: ${decision.reason}`)
      const done = performance.now()
      latencies[count++] = done - now
      now = done
    }
    await turn()
    now = performance.now()
  }
  const seconds = (performance.now() - begin) / 1_000
  const sorted = latencies.subarray(0, count).sort()
  const quantileUs = (share: number) =>
    (sorted[Math.floor((count - 1) * share)] ?? Number.NaN) * 1_000
  return { rate: count / seconds, p50Us: quantileUs(0.5), p99Us: quantileUs(0.99), asked }
}
