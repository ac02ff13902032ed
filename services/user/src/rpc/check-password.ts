import { createHash } from 'node:crypto'
import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../context.ts'
import { verifyPassword } from '../credentials/password.ts'
import { countFailure, secondsBlocked } from '../domain/sign-in-back-off.ts'
import type { User } from '../domain/user.ts'
import {
  deleteFailures,
  type FailureSubject,
  lockFailures,
  storeFailures,
  takeBackFailure,
} from '../store/sign-in-failure.ts'
import { findUserByEmail, lockUser } from '../store/tenant-user.ts'
import { readTenant } from './get-tenant.ts'
import { invalidCredentials } from './invalid-credentials.ts'

/** A password somebody brings for an e-mail address, as `normalizeEmail` answers it. */
export type PasswordAttempt = {
  tenantId: string
  email: string
  password: string
  /** Network address it comes from; undefined when not known, and then nothing is counted by it. */
  address: string | undefined
  now: Temporal.Instant
}

/** Whose password was checked, and the hash it matched. */
export type CheckedPassword = { userId: string; passwordHash: string }

/**
 * Checks a password in transactions of its own and outside them. Every attempt is counted as a
 * failure and committed before the password is looked at, one attempt after the other, so that
 * guesses at the same time cannot all slip through; `acceptPassword` takes the count back. Throws
 * `resource.not_found` for an unknown tenant, `auth.too_many_attempts` with
 * `details.retry_after_seconds`, `auth.invalid_credentials` in the same words and after the same
 * work for a wrong password, an unknown address and a person who is not active.
 */
export async function checkPassword(
  ctx: Pick<UserContext, 'db'>,
  attempt: PasswordAttempt,
): Promise<CheckedPassword> {
  const { tenantId, email, password } = attempt
  const found = await ctx.db.tx(tenantId, async (tx) => {
    await readTenant(tx, tenantId)
    await countAttempt(tx, attempt)
    return await findUserByEmail(tx, tenantId, email)
  })
  const passwordHash = found?.user.status === 'active' ? found.passwordHash : undefined
  const isMatch = await verifyPassword(passwordHash, password)
  if (!isMatch || !found || passwordHash === undefined) throw invalidCredentials()
  return { userId: found.user.userId, passwordHash }
}

/**
 * Ends a successful attempt in the caller's transaction: locks the person, forgets the failures of
 * the e-mail address and takes back the one that was counted for the network address. Throws
 * `auth.invalid_credentials` when password or status changed since the check.
 */
export async function acceptPassword(
  tx: Tx,
  attempt: PasswordAttempt,
  checked: CheckedPassword,
): Promise<User> {
  const { tenantId, email, now } = attempt
  await lockUser(tx, tenantId, checked.userId)
  const found = await findUserByEmail(tx, tenantId, email)
  if (found?.user.status !== 'active' || found.passwordHash !== checked.passwordHash) {
    throw invalidCredentials()
  }
  for (const subject of subjectsOf(attempt)) {
    if (subject.scope === 'email') await deleteFailures(tx, tenantId, subject)
    else await takeBackFailure(tx, tenantId, subject, now)
  }
  return found.user
}

async function countAttempt(tx: Tx, attempt: PasswordAttempt): Promise<void> {
  const { tenantId, now } = attempt
  const subjects = subjectsOf(attempt)
  const counts = await lockFailures(tx, tenantId, subjects, now)
  const waits = [...counts.values()].map((count) => secondsBlocked(count, now))
  const retryAfterSeconds = Math.max(...waits)
  if (retryAfterSeconds > 0) {
    const message = 'There were too many attempts to sign in. Try again later.'
    const details = { retry_after_seconds: String(retryAfterSeconds) }
    throw new PurserError('auth.too_many_attempts', message, { details })
  }
  for (const subject of subjects) {
    const before = counts.get(subject.scope)
    if (before === undefined) continue
    await storeFailures(tx, tenantId, subject, countFailure(subject.scope, before, now))
  }
}

/** The network address first: rows are locked in one order everywhere. */
function subjectsOf({ email, address }: PasswordAttempt): FailureSubject[] {
  const byEmail: FailureSubject = { scope: 'email', subjectHash: sha256(email) }
  if (address === undefined) return [byEmail]
  return [{ scope: 'address', subjectHash: sha256(address) }, byEmail]
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
