import { createHash } from 'node:crypto'
import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { countFailure, type FailureScope, secondsBlocked } from '../domain/sign-in-back-off.ts'
import { type FailureSubject, lockFailures, storeFailures } from '../store/sign-in-failure.ts'

/** What attempts are counted by: an address, a person's id. It is kept as its SHA-256. */
export function failureSubject(scope: FailureScope, text: string): FailureSubject {
  return { scope, subjectHash: createHash('sha256').update(text).digest() }
}

/**
 * Counts an attempt as a failure before it is looked at, one attempt after the other, so that
 * guesses at the same time cannot all slip through. At most one subject of each scope, the network
 * address before all others: rows are locked in one order everywhere. Throws
 * `auth.too_many_attempts` with `details.retry_after_seconds` while any of them is blocked. Answers
 * true when this attempt blocks the next one, unless it succeeds.
 */
export async function countAttempts(
  tx: Tx,
  tenantId: string,
  subjects: readonly FailureSubject[],
  now: Temporal.Instant,
): Promise<boolean> {
  const counts = await lockFailures(tx, tenantId, subjects, now)
  const waits = [...counts.values()].map((count) => secondsBlocked(count, now))
  const retryAfterSeconds = Math.max(...waits)
  if (retryAfterSeconds > 0) {
    const message = 'There were too many attempts. Try again later.'
    const details = { retry_after_seconds: String(retryAfterSeconds) }
    throw new PurserError('auth.too_many_attempts', message, { details })
  }
  let blocks = false
  for (const subject of subjects) {
    const before = counts.get(subject.scope)
    if (before === undefined) continue
    const after = countFailure(subject.scope, before, now)
    await storeFailures(tx, tenantId, subject, after)
    blocks ||= secondsBlocked(after, now) > 0
  }
  return blocks
}
