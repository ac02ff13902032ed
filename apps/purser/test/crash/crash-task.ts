import type { LoadSize } from './crash-load.ts'

/** What one worker process does. */
export type CrashTask = {
  postgresUrl: string
  tenant: string
  /** Milliseconds since 1970 at which the suite began: the present of workers moves on from `SUITE_BEGIN`. */
  beganMs: number
} & (
  | { kind: 'ingest'; stream: 'january' | 'later'; seed: number; size: LoadSize; ackFile: string }
  | { kind: 'run'; period: string }
)

/** The present at the begin of a suite: after the months that it bills, whatever the machine's clock. */
const SUITE_BEGIN = Temporal.Instant.from('2026-08-15T12:00:00Z')

/** A clock that stands at `SUITE_BEGIN` when the suite begins and goes on in every process alike. */
export function suiteClock(beganMs: number): { now: () => Temporal.Instant } {
  return { now: () => SUITE_BEGIN.add({ milliseconds: Date.now() - beganMs }) }
}
