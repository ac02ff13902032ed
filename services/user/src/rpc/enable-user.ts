import type { HandlerContext } from '@connectrpc/connect'
import type { EnableUserRequest, User } from '@purser/contracts/user/v1/user'
import { PurserError } from '@purser/kernel'
import { principalOf } from '@purser/rpc'
import type { UserContext } from '../context.ts'
import { publishUserEnabled } from '../events.ts'
import { enableUser as letIn } from '../store/team-user.ts'
import { lockUser } from '../store/tenant-user.ts'
import { toProtoUser } from './convert-user.ts'
import { requireUser } from './get-user.ts'
import { checkRoleOf } from './role-to-give.ts'

/**
 * Lets a person in again who was shut out: with the password they have, or invited when they never
 * set one and need a new invitation. For a person who is not shut out it changes nothing. Throws
 * `resource.not_found`, `auth.permission_denied` when the person's role exceeds the caller,
 * `user.erased`.
 */
export function enableUser(ctx: UserContext) {
  return async (req: EnableUserRequest, call: HandlerContext): Promise<User> => {
    const { tenant, userId } = req
    const held = principalOf(call).permissions
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const enabled = await ctx.db.tx(tenant, async (tx) => {
      const user = requireUser(await lockUser(tx, tenant, userId), userId)
      await checkRoleOf(tx, tenant, { user, held, field: 'user_id' })
      if (user.status !== 'disabled') return user
      const changed = await letIn(tx, tenant, userId)
      if (changed === undefined) {
        throw new PurserError('user.erased', 'The data of this person was erased for good.')
      }
      await publishUserEnabled(tx, tenant, userId, now)
      return changed
    })
    return toProtoUser(enabled)
  }
}
