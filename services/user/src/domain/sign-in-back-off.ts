/**
 * What is counted by: the e-mail address that was tried, the network address it came from, the
 * address that mails were asked for, the person whose second factor was tried.
 */
export type FailureScope = 'email' | 'address' | 'mail' | 'second_factor'

/** Failures in a row of one e-mail or network address. */
export type SignInFailures = {
  failures: number
  /** Exclusive: an attempt at this instant is let through. */
  blockedUntil: Temporal.Instant
  failedAt: Temporal.Instant
}

const freeFailures = {
  email: 5,
  address: 20,
  mail: 5,
  second_factor: 5,
} as const satisfies Record<FailureScope, number>
const longestBlockSeconds = 15 * 60
/** After so long without a failure the count starts again. */
const memoryHours = 24

/**
 * The count after one more failure at `now`. The first 20 of a network address, and 5 of all
 * else, block nothing; the n-th after those blocks for 2^n seconds, at most 15 minutes.
 */
export function countFailure(
  scope: FailureScope,
  before: SignInFailures,
  now: Temporal.Instant,
): SignInFailures {
  const isForgotten =
    Temporal.Instant.compare(before.failedAt.add({ hours: memoryHours }), now) <= 0
  const failures = isForgotten ? 1 : before.failures + 1
  const beyond = failures - freeFailures[scope]
  const seconds = beyond <= 0 ? 0 : Math.min(2 ** beyond, longestBlockSeconds)
  return { failures, blockedUntil: now.add({ seconds }), failedAt: now }
}

/** Whole seconds, rounded up, until an attempt is let through; 0 when it is now. */
export function secondsBlocked({ blockedUntil }: SignInFailures, now: Temporal.Instant): number {
  return Math.max(0, Math.ceil(now.until(blockedUntil).total('seconds')))
}
