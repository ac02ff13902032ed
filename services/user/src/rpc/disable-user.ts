import type { HandlerContext } from '@connectrpc/connect'
import type { DisableUserRequest, User } from '@purser/contracts/user/v1/user'
import { principalOf } from '@purser/rpc'
import type { UserContext } from '../context.ts'
import { checkOwnerStays } from '../domain/last-owner.ts'
import { lockOwnersAndUser } from '../store/team-user.ts'
import { toProtoUser } from './convert-user.ts'
import { requireUser } from './get-user.ts'
import { checkRoleOf } from './role-to-give.ts'
import { revokeKeysMadeBy, shutOutPerson } from './shut-out-person.ts'

/**
 * Shuts a person out: sessions, an open invitation and, unless told otherwise, the API keys that the
 * person made, directly or with such a key, end in the same transaction. Repeating it changes nothing
 * but the keys, when they were left before. Throws, in this order: `resource.not_found`, `auth.permission_denied` when the
 * person's role exceeds the caller, `user.last_owner`.
 */
export function disableUser(ctx: UserContext) {
  return async (req: DisableUserRequest, call: HandlerContext): Promise<User> => {
    const { tenant, userId, revokeApiKeys = true } = req
    const held = principalOf(call).permissions
    const disabledAt = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const disabled = await ctx.db.tx(tenant, async (tx) => {
      const people = await lockOwnersAndUser(tx, tenant, userId)
      const found = people.find((person) => person.userId === userId)
      const user = requireUser(found, userId)
      await checkRoleOf(tx, tenant, { user, held, field: 'user_id' })
      if (user.status !== 'disabled') {
        checkOwnerStays(people, user)
        await shutOutPerson(tx, tenant, { userId, disabledAt })
      }
      if (revokeApiKeys) await revokeKeysMadeBy(tx, tenant, { userId, disabledAt })
      return { ...user, status: 'disabled' as const }
    })
    return toProtoUser(disabled)
  }
}
