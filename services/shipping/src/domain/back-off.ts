const FIRST_MS = 2_000
const LONGEST_MS = 3_600_000

/** When to ask a carrier again that was asked `count` times in vain: 2 s, 4 s, 8 s ... 1 h later. */
export function nextCheckAt(now: Temporal.Instant, count: number): Temporal.Instant {
  const delayMs = Math.min(FIRST_MS * 2 ** Math.min(count, 20), LONGEST_MS)
  return now.add({ milliseconds: delayMs }).round('microsecond')
}
