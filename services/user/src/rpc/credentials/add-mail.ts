import { newId } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../../context.ts'
import { mailToken } from '../../credentials/mail-token.ts'
import { mailTokenExpiry } from '../../domain/mail-token.ts'
import type { Person } from '../../domain/person.ts'
import type { Notice } from '../../jobs/tasks.ts'
import { insertMailToken } from '../../store/mail-token.ts'

/**
 * Makes a link that proves an address, and has it sent there, in the caller's transaction. Expects
 * the person's row locked, or inserted by this transaction.
 */
export async function addLinkMail(
  ctx: Pick<UserContext, 'addJob' | 'secret'>,
  tx: Tx,
  { tenant, userId }: Person,
  link: { purpose: 'verify_email' | 'change_email'; email: string; now: Temporal.Instant },
): Promise<void> {
  const { purpose, email, now } = link
  const tokenId = newId('mtk')
  const { secretHash } = mailToken(ctx.secret, { purpose, tenantId: tenant, tokenId })
  const expiresAt = mailTokenExpiry(purpose, now)
  const token = { tokenId, userId, purpose, email, secretHash, createdAt: now, expiresAt }
  await insertMailToken(tx, tenant, token)
  await ctx.addJob(tx, 'mail-link', { tenant, tokenId })
}

/** Has a person told that a credential changed, in the caller's transaction. */
export async function addNotice(
  ctx: Pick<UserContext, 'addJob'>,
  tx: Tx,
  { tenant, userId }: Person,
  told: { notice: Notice; email: string; newEmail?: string; occurredAt: Temporal.Instant },
): Promise<void> {
  const { notice, email, newEmail = '', occurredAt } = told
  await ctx.addJob(tx, 'mail-notice', {
    tenant,
    userId,
    email,
    notice,
    noticeId: newId('ntc'),
    occurredAt: occurredAt.toString(),
    newEmail,
  })
}
