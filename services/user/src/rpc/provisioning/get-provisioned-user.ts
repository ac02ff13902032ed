import type { HttpReply } from '@purser/contracts/common/v1/http_reply'
import type { GetProvisionedUserRequest } from '@purser/contracts/user/v1/provisioning'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../../context.ts'
import { type Projection, project } from '../../provisioning/projection.ts'
import type { JsonMembers } from '../../domain/provisioned-user.ts'
import { readProjectionQuery } from '../../provisioning/scim-query.ts'
import { userSchema } from '../../provisioning/scim-schema.ts'
import { userResource } from '../../provisioning/user-resource.ts'
import type { ProvisionedUser } from '../../domain/provisioned-user.ts'
import { findProvisionedUser, listGroupsOfUsers } from '../../store/provisioned-user.ts'
import { scimReply, unknownResource } from './scim-reply.ts'

/** Answers a person whom the provider keeps here. Throws `resource.not_found`. */
export function getProvisionedUser(ctx: UserContext) {
  return async ({ tenant, userId, query }: GetProvisionedUserRequest): Promise<HttpReply> => {
    const projection = readProjectionQuery(userSchema, query)
    const read = async (tx: Tx) => {
      const user = await findProvisionedUser(tx, tenant, userId)
      return user && (await shownUser(tx, tenant, user, projection))
    }
    const resource = await ctx.db.tx(tenant, read, { readOnly: true })
    if (resource === undefined) throw unknownResource('user', userId)
    return scimReply(resource)
  }
}

/** The resource of a person with its groups, as the projection asks for it. */
export async function shownUser(
  tx: Tx,
  tenantId: string,
  user: ProvisionedUser,
  projection: Projection,
): Promise<JsonMembers> {
  const { userId } = user.user
  const groups = await listGroupsOfUsers(tx, tenantId, [userId])
  return project(userResource(tenantId, user, groups.get(userId) ?? []), projection)
}
