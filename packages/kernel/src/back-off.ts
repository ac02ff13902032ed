const FIRST_MS = 2_000
const LONGEST_MS = 3_600_000

/**
 * When to ask again somebody who was asked `count` times in vain, from 0: 2 s, 4 s, 8 s ... 1 h after
 * `now`, in whole microseconds, as the database keeps it.
 */
export function backOff(now: Temporal.Instant, count: number): Temporal.Instant {
  const delayMs = Math.min(FIRST_MS * 2 ** Math.min(count, 20), LONGEST_MS)
  return now.add({ milliseconds: delayMs }).round('microsecond')
}
