import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type InviteMemberRequest,
  type InviteMemberResponse,
  InviteMemberResponseSchema,
} from '@purser/contracts/user/v1/user'
import { newId } from '@purser/kernel'
import { principalOf, toProtoTimestamp } from '@purser/rpc'
import type { UserContext } from '../../context.ts'
import { mailToken } from '../../credentials/mail-token.ts'
import { normalizeEmail } from '../../domain/user.ts'
import { publishMemberInvited } from '../../member-events.ts'
import { putAccountInvitation } from '../../store/account-invitation.ts'
import { requireAccountAdmin } from './account-access.ts'
import { fromProtoMemberRole } from './convert-member.ts'

/** An invitation works for seven days. */
const LIFETIME = Temporal.Duration.from({ hours: 7 * 24 })

/**
 * Invites an e-mail address into an account by mail, and answers the invitation, this once: a person takes
 * it up by JoinAccount, somebody new by Register. The answer is the same whether the tenant knows
 * the address or not. Inviting it again makes the former invitation stop working. Throws
 * `resource.not_found`, `auth.permission_denied` for a member who is no admin.
 */
export function inviteMember(ctx: UserContext) {
  return async (req: InviteMemberRequest, call: HandlerContext): Promise<InviteMemberResponse> => {
    const { tenant, accountId } = req
    const now = ctx.clock.now({ tenantId: tenant, accountId }).round('microsecond')
    const expiresAt = now.add(LIFETIME)
    const { kind, id } = principalOf(call)
    const inviterId = kind === 'user' ? id : ''
    const tokenId = newId('mtk')
    const named = { purpose: 'invitation', tenantId: tenant, tokenId } as const
    const { text: invitation, secretHash } = mailToken(ctx.secret, named)
    const role = fromProtoMemberRole(req.role)
    const email = normalizeEmail(req.email)

    await ctx.db.tx(tenant, async (tx) => {
      await requireAccountAdmin(tx, call, req)
      await putAccountInvitation(tx, tenant, { accountId, email, role, secretHash, expiresAt })
      await publishMemberInvited(tx, tenant, { accountId, role, occurredAt: now })
      const mail = { tenant, accountId, email, tokenId, inviterId }
      await ctx.addJob(tx, 'mail-account-invitation', mail)
    })
    const invitationExpireTime = toProtoTimestamp(expiresAt)
    return create(InviteMemberResponseSchema, { invitation, invitationExpireTime })
  }
}
