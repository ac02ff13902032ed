import type { HandlerContext } from '@connectrpc/connect'
import type { SetUserRoleRequest, User } from '@purser/contracts/user/v1/user'
import { principalOf } from '@purser/rpc'
import type { UserContext } from '../context.ts'
import { checkOwnerStays } from '../domain/last-owner.ts'
import { publishUserRoleChanged } from '../events.ts'
import { lockOwnersAndUser, setUserRole as storeRole } from '../store/team-user.ts'
import { toProtoUser } from './convert-user.ts'
import { requireUser } from './get-user.ts'
import { checkRoleOf, requireRoleToGive } from './role-to-give.ts'

/**
 * Gives a person another role; giving the one they have changes nothing. Throws, in this order:
 * `resource.not_found`, `request.invalid` for an unknown role, `auth.permission_denied` when the
 * caller does not hold what the new or the former role gives, `user.last_owner`.
 */
export function setUserRole(ctx: UserContext) {
  return async (req: SetUserRoleRequest, call: HandlerContext): Promise<User> => {
    const { tenant, userId } = req
    const held = principalOf(call).permissions
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const changed = await ctx.db.tx(tenant, async (tx) => {
      const people = await lockOwnersAndUser(tx, tenant, userId)
      const found = people.find((person) => person.userId === userId)
      const former = requireUser(found, userId)
      const { roleKey } = await requireRoleToGive(tx, tenant, { roleKey: req.role, held })
      await checkRoleOf(tx, tenant, { user: former, held, field: 'user_id' })
      if (former.roleKey === roleKey) return former
      checkOwnerStays(people, former)

      const user = { ...former, roleKey }
      await storeRole(tx, tenant, user)
      const change = { user, formerRoleKey: former.roleKey, occurredAt: now }
      await publishUserRoleChanged(tx, tenant, change)
      return user
    })
    return toProtoUser(changed)
  }
}
