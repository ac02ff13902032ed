import type { HandlerContext } from '@connectrpc/connect'
import type { SetUserRoleRequest, User } from '@purser/contracts/user/v1/user'
import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { principalOf } from '@purser/rpc'
import type { UserContext } from '../context.ts'
import { checkOwnerStays } from '../domain/last-owner.ts'
import { isStaff, type Role } from '../domain/role.ts'
import type { User as TeamUser } from '../domain/user.ts'
import { publishUserRoleChanged } from '../events.ts'
import { lockOwnersAndUser, setUserRole as storeRole } from '../store/team-user.ts'
import { toProtoUser } from './convert-user.ts'
import { requireUser } from './get-user.ts'
import { checkRoleOf, requireRoleToGive } from './role-to-give.ts'
import { isUnproved } from './take-over-registration.ts'

/**
 * Gives a person another role; giving the one they have changes nothing. Throws, in this order:
 * `resource.not_found`, `request.invalid` for an unknown role, `auth.permission_denied` when the
 * caller does not hold what the new or the former role gives, `user.email_not_verified` for a role of
 * staff and somebody who registered with an address that nobody proved, `user.last_owner`.
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
      const role = await requireRoleToGive(tx, tenant, { roleKey: req.role, held })
      const { roleKey } = role
      await checkRoleOf(tx, tenant, { user: former, held, field: 'user_id' })
      if (former.roleKey === roleKey) return former
      await checkMayBeStaff(tx, tenant, { user: former, role })
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

/** Whoever is invited may: nobody is that person yet but by the tenant's invitation. */
async function checkMayBeStaff(
  tx: Tx,
  tenantId: string,
  { user, role }: { user: TeamUser; role: Role },
): Promise<void> {
  if (user.status === 'invited' || !isStaff(role.permissions)) return
  if (!(await isUnproved(tx, tenantId, user))) return
  const { email } = user
  const message =
    `Nobody proved that the e-mail address "${email}" is theirs, so this account cannot have the role ` +
    `"${role.roleKey}". Invite the address with the role: taking the invitation up proves it.`
  throw new PurserError('user.email_not_verified', message, {
    fields: [{ field: 'user_id', message: 'must be a person with a verified e-mail address' }],
  })
}
