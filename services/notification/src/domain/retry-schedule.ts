/** Attempts before a message fails: those after the first are spread over about 85 minutes. */
export const MAX_ATTEMPTS = 10

/** The first delay, in milliseconds. */
export const FIRST_DELAY_MS = 10_000

/** RFC 5321, section 4.5.4.1, knows longer ones; links in our mails do not live that long. */
const LONGEST_DELAY_MS = 3_600_000

/**
 * Milliseconds to wait after an attempt that was deferred: doubled each time, from `firstDelayMs` up to one hour.
 * `attempt` is 1 for the first since the message was queued.
 */
export function retryDelayMs(attempt: number, firstDelayMs: number): number {
  return Math.min(firstDelayMs * 2 ** (attempt - 1), LONGEST_DELAY_MS)
}
