import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type RemoveMemberRequest,
  type RemoveMemberResponse,
  RemoveMemberResponseSchema,
} from '@purser/contracts/user/v1/user'
import { PurserError } from '@purser/kernel'
import { principalOf } from '@purser/rpc'
import type { UserContext } from '../../context.ts'
import { checkAdminStays } from '../../domain/member.ts'
import { publishMemberRemoved } from '../../member-events.ts'
import { deleteMember, findMember, listAdmins, lockAccount } from '../../store/member.ts'
import { forgetChosenAccount } from '../../store/membership.ts'
import { accessToAccount } from './account-access.ts'

/**
 * Takes a person out of an account; whoever acts for it acts for another of their accounts from
 * then on, or for none. Everybody may leave. Repeating it changes nothing. Throws, in this order:
 * `resource.not_found` for the account, `auth.permission_denied` for a plain member who removes
 * somebody else, `account.last_admin`.
 */
export function removeMember(ctx: UserContext) {
  return async (req: RemoveMemberRequest, call: HandlerContext): Promise<RemoveMemberResponse> => {
    const { tenant, accountId, userId } = req
    const occurredAt = ctx.clock.now({ tenantId: tenant, accountId }).round('microsecond')
    await ctx.db.tx(tenant, async (tx) => {
      await lockAccount(tx, tenant, accountId)
      const access = await accessToAccount(tx, call, req, 'user.accounts.write')
      if (access === 'member' && principalOf(call).id !== userId) throw notAdmin()
      const member = await findMember(tx, tenant, req)
      if (member === undefined) return
      checkAdminStays(await listAdmins(tx, tenant, accountId), member)
      await deleteMember(tx, tenant, req)
      await forgetChosenAccount(tx, tenant, req)
      await publishMemberRemoved(tx, tenant, { accountId, userId, occurredAt })
    })
    return create(RemoveMemberResponseSchema)
  }
}

function notAdmin(): PurserError {
  const message = 'An admin of the account decides who is in it.'
  return new PurserError('auth.permission_denied', message)
}
