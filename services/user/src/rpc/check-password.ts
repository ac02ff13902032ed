import type { HandlerContext } from '@connectrpc/connect'
import { type ActObject, recordAct } from '@purser/idempotency'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../context.ts'
import { verifyPassword } from '../credentials/password.ts'
import type { User } from '../domain/user.ts'
import { deleteFailures, type FailureSubject, takeBackFailure } from '../store/sign-in-failure.ts'
import { findUserByEmail, lockUser } from '../store/tenant-user.ts'
import { countAttempts, failureSubject } from './count-attempts.ts'
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
  /** The call that brings it. */
  call: HandlerContext
}

/** Whose password was checked, and the hash it matched. */
export type CheckedPassword = { userId: string; passwordHash: string }

/**
 * Checks a password in transactions of its own and outside them. Every attempt is counted as a
 * failure and committed before the password is looked at, one attempt after the other, so that
 * guesses at the same time cannot all slip through; `acceptPassword` takes the count back. Throws
 * `resource.not_found` for an unknown tenant, `auth.too_many_attempts` with
 * `details.retry_after_seconds`, `auth.invalid_credentials` in the same words and after the same
 * work for a wrong password, an unknown address and a person who is not active. A failure that blocks
 * further attempts is recorded for the audit log.
 */
export async function checkPassword(
  ctx: Pick<UserContext, 'db'>,
  attempt: PasswordAttempt,
): Promise<CheckedPassword> {
  const { tenantId, email, password } = attempt
  const { found, blocks } = await ctx.db.tx(tenantId, async (tx) => {
    await readTenant(tx, tenantId)
    const blocks = await countAttempts(tx, tenantId, subjectsOf(attempt), attempt.now)
    return { found: await findUserByEmail(tx, tenantId, email), blocks }
  })
  const passwordHash = found?.user.status === 'active' ? found.passwordHash : undefined
  const isMatch = await verifyPassword(passwordHash, password)
  if (isMatch && found && passwordHash !== undefined) {
    return { userId: found.user.userId, passwordHash }
  }
  if (blocks) await ctx.db.tx(tenantId, (tx) => recordBlock(tx, attempt, found?.user.userId))
  throw invalidCredentials()
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

/** The e-mail address that was tried is not kept: it may be nobody's, or typed by mistake. */
async function recordBlock(
  tx: Tx,
  { call, now }: PasswordAttempt,
  userId: string | undefined,
): Promise<void> {
  const object: ActObject = userId === undefined ? {} : { user_id: userId }
  await recordAct(tx, call, { action: 'user.block_sign_in', object, occurredAt: now })
}

/** The network address first: rows are locked in one order everywhere. */
function subjectsOf({ email, address }: PasswordAttempt): FailureSubject[] {
  const byEmail = failureSubject('email', email)
  return address === undefined ? [byEmail] : [failureSubject('address', address), byEmail]
}
