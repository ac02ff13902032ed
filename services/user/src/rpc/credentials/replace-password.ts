import type { Tx } from '@purser/postgres'
import type { UserContext } from '../../context.ts'
import type { User } from '../../domain/user.ts'
import { publishUserPasswordChanged } from '../../events.ts'
import { removeMailTokens } from '../../store/mail-token.ts'
import { revokeOtherSessions } from '../../store/session.ts'
import { removeChallenges } from '../../store/sign-in-challenge.ts'
import { setPassword } from '../../store/tenant-user.ts'
import { addNotice } from './add-mail.ts'

/** A new password of a person. */
export type NewPassword = {
  tenantId: string
  user: User
  passwordHash: string
  /** The session that goes on; empty for none. */
  keptSessionId: string
  now: Temporal.Instant
}

/**
 * Stores a password and ends what the former one began: every other session, sign-ins that wait for
 * a second factor, links that reset the password or change the address. Tells the person by mail.
 * Answers how many sessions ended. Expects the person's row locked.
 */
export async function replacePassword(
  ctx: Pick<UserContext, 'addJob'>,
  tx: Tx,
  { tenantId, user, passwordHash, keptSessionId, now }: NewPassword,
): Promise<number> {
  const { userId, email } = user
  await setPassword(tx, tenantId, { userId, passwordHash })
  await removeMailTokens(tx, tenantId, { userId, purposes: ['reset_password', 'change_email'] })
  await removeChallenges(tx, tenantId, userId)
  await publishUserPasswordChanged(tx, tenantId, userId, now)
  const person = { tenant: tenantId, userId }
  await addNotice(ctx, tx, person, { email, notice: 'password_changed_notice', occurredAt: now })
  return await revokeOtherSessions(tx, tenantId, { userId, keptSessionId, revokedAt: now })
}
