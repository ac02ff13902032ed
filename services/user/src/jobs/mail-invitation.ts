import type { JobHandler } from '@purser/jobs'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../context.ts'
import { mailToken } from '../credentials/mail-token.ts'
import { findBuiltInRole } from '../domain/role.ts'
import { findInvitedUserId } from '../store/invitation.ts'
import { listRoles } from '../store/role.ts'
import { findTenant } from '../store/tenant.ts'
import { findUser } from '../store/tenant-user.ts'
import { linkTo, sendMail } from './send-mail.ts'
import type { UserTasks } from './tasks.ts'

type Payload = UserTasks['mail-invitation']

/** Sends an invitation, unless it was taken up, replaced or withdrawn meanwhile, or expired. */
export function mailInvitation(ctx: UserContext): JobHandler<Payload> {
  return async ({ payload, signal }) => {
    const { tenant, tokenId } = payload
    const named = { purpose: 'invitation', tenantId: tenant, tokenId } as const
    const { text, secretHash } = mailToken(ctx.secret, named)
    const now = ctx.clock.now({ tenantId: tenant })
    const read = (tx: Tx) => findInvited(tx, payload, { secretHash, now })
    const found = await ctx.db.tx(tenant, read, { readOnly: true })
    if (found === undefined) return
    const { user, inviterName, roleName } = found
    const mail = {
      tenant,
      templateKey: 'invitation' as const,
      recipient: user,
      variables: { inviter_name: inviterName, role: roleName, valid_for: '7 days' },
      secretVariables: { link: linkTo(ctx, 'accept-invitation', text) },
      dedupId: tokenId,
    }
    await sendMail(ctx, mail, signal)
  }
}

async function findInvited(
  tx: Tx,
  { tenant, userId, inviterId }: Payload,
  presented: { secretHash: Buffer; now: Temporal.Instant },
) {
  if ((await findInvitedUserId(tx, tenant, presented)) !== userId) return undefined
  const user = await findUser(tx, tenant, userId)
  if (user?.status !== 'invited') return undefined
  const inviter = await findUser(tx, tenant, inviterId)
  const inviterName = inviter?.fullName ?? (await findTenant(tx, tenant))?.legalName ?? tenant
  return { user, inviterName, roleName: await roleNameOf(tx, tenant, user.roleKey) }
}

async function roleNameOf(tx: Tx, tenantId: string, roleKey: string): Promise<string> {
  const builtIn = findBuiltInRole(roleKey)
  if (builtIn !== undefined) return builtIn.name
  const roles = await listRoles(tx, tenantId)
  return roles.find((role) => role.roleKey === roleKey)?.name ?? roleKey
}
