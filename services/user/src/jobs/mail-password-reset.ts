import type { JobHandler } from '@purser/jobs'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../context.ts'
import { mailToken } from '../credentials/mail-token.ts'
import { mailTokenExpiry, mailTokenValidity } from '../domain/mail-token.ts'
import type { User } from '../domain/user.ts'
import { insertMailToken } from '../store/mail-token.ts'
import { findUserByEmail, lockUser } from '../store/tenant-user.ts'
import { linkTo, sendMail } from './send-mail.ts'
import type { UserTasks } from './tasks.ts'

const purpose = 'reset_password'

/**
 * Makes and sends the link that resets a password. Whether anybody has the address is looked up
 * here, so that the request takes as long whoever asks for whomever. Nobody who cannot sign in with
 * a password is written to.
 */
export function mailPasswordReset(ctx: UserContext): JobHandler<UserTasks['mail-password-reset']> {
  return async ({ payload, signal }) => {
    const { tenant, tokenId } = payload
    const createdAt = Temporal.Instant.from(payload.requestedAt)
    const expiresAt = mailTokenExpiry(purpose, createdAt)
    if (Temporal.Instant.compare(expiresAt, ctx.clock.now()) <= 0) return
    const { text, secretHash } = mailToken(ctx.secret, { purpose, tenantId: tenant, tokenId })

    const user = await ctx.db.tx(tenant, async (tx) => {
      const found = await findResettable(tx, payload)
      if (found === undefined) return undefined
      const { userId, email } = found
      const token = { tokenId, userId, purpose, email, secretHash, createdAt, expiresAt } as const
      await insertMailToken(tx, tenant, token)
      return found
    })
    if (user === undefined) return
    const mail = {
      tenant,
      templateKey: 'password_reset' as const,
      recipient: user,
      variables: { valid_for: mailTokenValidity[purpose] },
      secretVariables: { link: linkTo(ctx, 'reset-password', text) },
      dedupId: tokenId,
    }
    await sendMail(ctx, mail, signal)
  }
}

async function findResettable(
  tx: Tx,
  { tenant, email }: UserTasks['mail-password-reset'],
): Promise<User | undefined> {
  const found = await findUserByEmail(tx, tenant, email)
  if (found?.passwordHash === undefined) return undefined
  const user = await lockUser(tx, tenant, found.user.userId)
  return user?.status === 'active' && user.email === email ? user : undefined
}
