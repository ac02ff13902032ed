import type { HttpReply } from '@purser/contracts/common/v1/http_reply'
import type { GetProvisionedGroupRequest } from '@purser/contracts/user/v1/provisioning'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../../context.ts'
import { groupResource } from '../../provisioning/group-resource.ts'
import type { ProvisionedGroup } from '../../domain/provisioned-group.ts'
import { isAnswered, type Projection, project } from '../../provisioning/projection.ts'
import type { JsonMembers } from '../../domain/provisioned-user.ts'
import { readProjectionQuery } from '../../provisioning/scim-query.ts'
import { groupSchema } from '../../provisioning/scim-schema.ts'
import { findGroup, listMembersOfGroups } from '../../store/provisioned-group.ts'
import { scimReply, unknownResource } from './scim-reply.ts'

/** Answers a group. Throws `resource.not_found`. */
export function getProvisionedGroup(ctx: UserContext) {
  return async ({ tenant, groupId, query }: GetProvisionedGroupRequest): Promise<HttpReply> => {
    const projection = readProjectionQuery(groupSchema, query)
    const read = async (tx: Tx) => {
      const group = await findGroup(tx, tenant, groupId)
      return group && (await shownGroup(tx, tenant, group, projection))
    }
    const resource = await ctx.db.tx(tenant, read, { readOnly: true })
    if (resource === undefined) throw unknownResource('group', groupId)
    return scimReply(resource)
  }
}

/** The resource of a group; its members are read only when they are asked for. */
export async function shownGroup(
  tx: Tx,
  tenantId: string,
  group: ProvisionedGroup,
  projection: Projection,
): Promise<JsonMembers> {
  const [resource] = await shownGroups(tx, tenantId, [group], projection)
  return resource ?? {}
}

/** As `shownGroup`, for several. */
export async function shownGroups(
  tx: Tx,
  tenantId: string,
  groups: readonly ProvisionedGroup[],
  projection: Projection,
): Promise<JsonMembers[]> {
  const ids = groups.map(({ groupId }) => groupId)
  const members = isAnswered(projection, 'members')
    ? await listMembersOfGroups(tx, tenantId, ids)
    : undefined
  return groups.map((group) => {
    const own = members && (members.get(group.groupId) ?? [])
    return project(groupResource(tenantId, group, own), projection)
  })
}
