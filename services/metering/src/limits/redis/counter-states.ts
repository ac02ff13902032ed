import type { TouchedFeature } from '../../alerts/touched-usage.ts'
import type { CopiedCounter, RecountedCounter } from './counter-log.ts'

/** Counters as the script keeps them, by pair and key of the limit; see counters.lua. */
export function toSeeds(
  counters: readonly RecountedCounter[],
  pairCount: number,
  nowMicros: number,
): Record<string, object>[] {
  const seeds: Record<string, object>[] = Array.from({ length: pairCount }, () => ({}))
  for (const counter of counters) {
    const { window_start: start, window_end: stop, rolling_seconds: rolling } = counter
    const seed = seeds[counter.pair - 1]
    if (seed === undefined) continue
    seed[counter.limit_key] = {
      spec: counter.spec,
      rolling,
      since: counter.since ?? 0,
      ...(rolling > 0 ? {} : { start, stop }),
      used: counter.used,
      seen: nowMicros,
      ends: counter.bucket_ends,
      units: counter.bucket_units,
    }
  }
  return seeds
}

type ReadRow = [
  pair: number,
  limitKey: string,
  spec: string,
  start: number,
  reset: number,
  used: number,
  ends: number[],
  units: number[],
  seen: number,
]

/** Rows of the script's answer `read`, about these pairs, as the database takes them. */
export function toCopies(rows: unknown, pairs: readonly TouchedFeature[]): CopiedCounter[] {
  // The script says so.
  return (rows as ReadRow[]).flatMap(
    ([number, limitKey, spec, start, reset, used, ends, units, seen]) => {
      const pair = pairs[number - 1]
      if (pair === undefined) return []
      return [
        {
          account_id: pair.accountId,
          feature_key: pair.featureKey,
          limit_key: limitKey,
          spec,
          window_start: start < 0 ? null : start,
          window_end: reset < 0 ? null : reset,
          used,
          bucket_ends: ends,
          bucket_units: units,
          seen_at: seen,
        },
      ]
    },
  )
}
