const FIRST_MS = 50
const LONGEST_MS = 30_000

/** Statuses after which the same call may succeed a moment later. A 500 is a mistake that stays one. */
const passing = new Set([408, 425, 429, 502, 503, 504])

/**
 * Whether the same call may succeed a moment later. A limit of a plan is a decision, not a failure, although its
 * status is 429 too.
 */
export function mayPass(status: number, code: string): boolean {
  return passing.has(status) && code !== 'metering.limit_exceeded'
}

/**
 * Milliseconds before attempt `attempt` (2 is the first repetition): exponential from 50 ms to 30 s with full
 * jitter, so that callers that failed together do not come back together. `chance` is from 0 to 1.
 */
export function backoffMs(attempt: number, chance: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, attempt - 2)) * chance
}

/** Milliseconds of a `Retry-After` header, in seconds or as a date (RFC 9110, 10.2.3); undefined for anything else. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs)
}
