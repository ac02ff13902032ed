import type { HandlerContext } from '@connectrpc/connect'
import type { HttpReply } from '@purser/contracts/common/v1/http_reply'
import type { CreateProvisionedGroupRequest } from '@purser/contracts/user/v1/provisioning'
import { recordAct } from '@purser/idempotency'
import { newId } from '@purser/kernel'
import type { UserContext } from '../../context.ts'
import type { ProvisionedGroup } from '../../domain/provisioned-group.ts'
import { readGroupValues } from '../../provisioning/group-change.ts'
import { groupPath } from '../../provisioning/resource-paths.ts'
import { readScimBody } from '../../provisioning/scim-body.ts'
import { readProjectionQuery } from '../../provisioning/scim-query.ts'
import { scimRefusal } from '../../provisioning/scim-refusal.ts'
import { groupSchema } from '../../provisioning/scim-schema.ts'
import { insertGroup } from '../../store/provisioned-group.ts'
import { readTenant } from '../get-tenant.ts'
import { changeMembers } from './change-members.ts'
import { shownGroup } from './get-provisioned-group.ts'
import { scimCreated } from './scim-reply.ts'

/**
 * Creates a group, which gives no role until somebody maps one to it. Throws `user.already_exists`
 * for a name that another group has, and what reading the body throws.
 */
export function createProvisionedGroup(ctx: UserContext) {
  return async (req: CreateProvisionedGroupRequest, call: HandlerContext): Promise<HttpReply> => {
    const { tenant, query, body } = req
    const projection = readProjectionQuery(groupSchema, query)
    const { displayName, externalId, memberIds } = readGroupValues(readScimBody(body))
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const groupId = newId('grp')
    const times = { createdAt: now, updatedAt: now }
    const group: ProvisionedGroup = {
      groupId,
      displayName,
      externalId,
      roleKey: undefined,
      ...times,
    }
    const resource = await ctx.db.tx(tenant, async (tx) => {
      await readTenant(tx, tenant)
      if (!(await insertGroup(tx, tenant, group))) {
        throw scimRefusal('uniqueness', 'Another group has this "displayName".')
      }
      const changes = memberIds.length > 0 ? [{ kind: 'add' as const, userIds: memberIds }] : []
      await changeMembers(tx, tenant, { groupId, changes, now })
      await recordAct(tx, call, { object: { group_id: groupId }, occurredAt: ctx.clock.now() })
      return await shownGroup(tx, tenant, group, projection)
    })
    return scimCreated(resource, groupPath(tenant, groupId))
  }
}
