import type { HttpReply } from '@purser/contracts/common/v1/http_reply'
import type { DeleteProvisionedGroupRequest } from '@purser/contracts/user/v1/provisioning'
import type { UserContext } from '../../context.ts'
import { deleteGroup, lockGroup } from '../../store/provisioned-group.ts'
import { lockMembers } from '../../store/provisioned-member.ts'
import { applyGroupRoles } from './group-roles.ts'
import { scimNothing, unknownResource } from './scim-reply.ts'

/** Removes a group; its members lose the role that it gave them. Throws `resource.not_found`. */
export function deleteProvisionedGroup(ctx: UserContext) {
  return async ({ tenant, groupId }: DeleteProvisionedGroupRequest): Promise<HttpReply> => {
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    await ctx.db.tx(tenant, async (tx) => {
      const group = await lockGroup(tx, tenant, groupId)
      if (group === undefined) throw unknownResource('group', groupId)
      const userIds = await lockMembers(tx, tenant, { userIds: [], groupId })
      await deleteGroup(tx, tenant, groupId)
      await applyGroupRoles(tx, tenant, { userIds, formerRoleKey: group.roleKey, now })
    })
    return scimNothing()
  }
}
