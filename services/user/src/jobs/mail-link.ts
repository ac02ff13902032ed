import type { JobHandler } from '@purser/jobs'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../context.ts'
import { mailToken } from '../credentials/mail-token.ts'
import { type MailToken, mailTokenValidity } from '../domain/mail-token.ts'
import type { User } from '../domain/user.ts'
import { findMailToken } from '../store/mail-token.ts'
import { findUser, findUserByEmail } from '../store/tenant-user.ts'
import { linkTo, sendMail } from './send-mail.ts'
import type { UserTasks } from './tasks.ts'

const mails = {
  verify_email: { templateKey: 'email_verification', page: 'verify-email' },
  change_email: { templateKey: 'email_change_confirm', page: 'confirm-email-change' },
} as const

/**
 * Sends the link of a token that verifies an address or changes it. No mail goes out for a token
 * that was used or expired meanwhile, to a person who cannot sign in, to an address that is no
 * longer theirs, or, when they want to change to it, that somebody else has: who asked learns
 * nothing of that.
 */
export function mailLink(ctx: UserContext): JobHandler<UserTasks['mail-link']> {
  return async ({ payload: { tenant, tokenId }, signal }) => {
    const read = (tx: Tx) => findWanted(tx, { tenant, tokenId, now: ctx.clock.now() })
    const wanted = await ctx.db.tx(tenant, read, { readOnly: true })
    if (wanted === undefined) return
    const { token, user } = wanted
    const { purpose, email } = token
    const { templateKey, page } = mails[purpose]
    const { text } = mailToken(ctx.secret, { purpose, tenantId: tenant, tokenId })
    const mail = {
      tenant,
      templateKey,
      recipient: { ...user, email },
      variables: { valid_for: mailTokenValidity[purpose], ...newEmailOf(token) },
      secretVariables: { link: linkTo(ctx, page, text) },
      dedupId: tokenId,
    }
    await sendMail(ctx, mail, signal)
  }
}

function newEmailOf({ purpose, email }: MailToken): Record<string, string> {
  return purpose === 'change_email' ? { new_email: email } : {}
}

type Wanted = { token: MailToken & { purpose: keyof typeof mails }; user: User }

async function findWanted(
  tx: Tx,
  { tenant, tokenId, now }: { tenant: string; tokenId: string; now: Temporal.Instant },
): Promise<Wanted | undefined> {
  const token = await findMailToken(tx, tenant, tokenId)
  if (token === undefined || token.purpose === 'reset_password') return undefined
  if (Temporal.Instant.compare(token.expiresAt, now) <= 0) return undefined
  const user = await findUser(tx, tenant, token.userId)
  if (user?.status !== 'active') return undefined
  const { purpose, email } = token
  const owner = (await findUserByEmail(tx, tenant, email))?.user.userId
  const isRight = purpose === 'verify_email' ? owner === user.userId : owner === undefined
  return isRight ? { token: { ...token, purpose }, user } : undefined
}
