import type { HandlerContext } from '@connectrpc/connect'
import type { GroupRole, SetGroupRoleRequest } from '@purser/contracts/user/v1/provisioning'
import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { principalOf } from '@purser/rpc'
import type { UserContext } from '../../context.ts'
import { checkRoleGrant } from '../../domain/grant.ts'
import { OWNER } from '../../domain/role.ts'
import { publishGroupRoleSet } from '../../provisioning-events.ts'
import { lockGroup, updateGroup } from '../../store/provisioned-group.ts'
import { lockMembers } from '../../store/provisioned-member.ts'
import { permissionsOfRole } from '../../store/role.ts'
import { requireRoleToGive } from '../role-to-give.ts'
import { applyGroupRoles } from './group-roles.ts'
import { toProtoGroupRole } from './list-group-roles.ts'
import { unknownResource } from './scim-reply.ts'

/**
 * Says which role the members of a group are given, or none, and gives it. Whoever says it holds the
 * role, and the former one: from then on the identity provider decides who has it. Throws, in this
 * order: `resource.not_found`, `request.invalid` for `owner` or an unknown role,
 * `auth.permission_denied`.
 */
export function setGroupRole(ctx: UserContext) {
  return async (req: SetGroupRoleRequest, call: HandlerContext): Promise<GroupRole> => {
    const { tenant, groupId } = req
    const held = principalOf(call).permissions
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const changed = await ctx.db.tx(tenant, async (tx) => {
      const former = await lockGroup(tx, tenant, groupId)
      if (former === undefined) throw unknownResource('group', groupId)
      const roleKey = await checkedRole(tx, tenant, { roleKey: req.role, held })
      await checkFormer(tx, tenant, { roleKey: former.roleKey, held })
      if (former.roleKey === roleKey) return former

      const group = { ...former, roleKey, updatedAt: now }
      await updateGroup(tx, tenant, group)
      const userIds = await lockMembers(tx, tenant, { userIds: [], groupId })
      await applyGroupRoles(tx, tenant, { userIds, formerRoleKey: former.roleKey, now })
      const keys = { roleKey: roleKey ?? '', formerRoleKey: former.roleKey ?? '' }
      await publishGroupRoleSet(tx, tenant, { groupId, ...keys, occurredAt: now })
      return group
    })
    return toProtoGroupRole(changed)
  }
}

type RoleAndHolder = { roleKey: string | undefined; held: readonly string[] }

async function checkedRole(
  tx: Tx,
  tenantId: string,
  { roleKey = '', held }: RoleAndHolder,
): Promise<string | undefined> {
  if (roleKey === '') return undefined
  if (roleKey === OWNER) {
    throw new PurserError('request.invalid', 'Owners are made by owners, one by one.', {
      fields: [{ field: 'role', message: 'must not be the owner' }],
    })
  }
  return (await requireRoleToGive(tx, tenantId, { roleKey, held })).roleKey
}

async function checkFormer(
  tx: Tx,
  tenantId: string,
  { roleKey, held }: RoleAndHolder,
): Promise<void> {
  if (roleKey === undefined) return
  const permissions = await permissionsOfRole(tx, tenantId, roleKey)
  checkRoleGrant(held, { roleKey, permissions }, 'role')
}
