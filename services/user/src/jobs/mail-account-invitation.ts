import type { JobHandler } from '@purser/jobs'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../context.ts'
import { mailToken } from '../credentials/mail-token.ts'
import { findAccount } from '../store/account.ts'
import { findAccountInvitation } from '../store/account-invitation.ts'
import { findTenant } from '../store/tenant.ts'
import { findUser } from '../store/tenant-user.ts'
import { linkTo, sendMail } from './send-mail.ts'
import type { UserTasks } from './tasks.ts'

type Payload = UserTasks['mail-account-invitation']

/** Sends an invitation into an account, unless it was taken up or replaced meanwhile, or expired. */
export function mailAccountInvitation(ctx: UserContext): JobHandler<Payload> {
  return async ({ payload, signal }) => {
    const { tenant, email, tokenId } = payload
    const named = { purpose: 'invitation', tenantId: tenant, tokenId } as const
    const { text, secretHash } = mailToken(ctx.secret, named)
    const now = ctx.clock.now({ tenantId: tenant })
    const read = (tx: Tx) => findInvitation(tx, payload, { secretHash, now })
    const found = await ctx.db.tx(tenant, read, { readOnly: true })
    if (found === undefined) return
    const mail = {
      tenant,
      templateKey: 'account_invitation' as const,
      // Who is invited is greeted by no name: the answer must not tell whether one is known.
      recipient: { email, fullName: '', locale: '' },
      variables: { ...found, valid_for: '7 days' },
      secretVariables: { link: linkTo(ctx, 'join-account', text) },
      dedupId: tokenId,
    }
    await sendMail(ctx, mail, signal)
  }
}

async function findInvitation(
  tx: Tx,
  { tenant, accountId, inviterId }: Payload,
  presented: { secretHash: Buffer; now: Temporal.Instant },
): Promise<{ inviter_name: string; account_name: string; role: string } | undefined> {
  const invitation = await findAccountInvitation(tx, tenant, presented)
  const account = await findAccount(tx, tenant, accountId)
  if (invitation?.accountId !== accountId || account === undefined) return undefined
  const inviter = inviterId === '' ? undefined : await findUser(tx, tenant, inviterId)
  const inviterName = inviter?.fullName ?? (await findTenant(tx, tenant))?.legalName ?? tenant
  return { inviter_name: inviterName, account_name: account.name, role: invitation.role }
}
