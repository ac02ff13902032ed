import type { HttpReply } from '@purser/contracts/common/v1/http_reply'
import type { ListProvisionedUsersRequest } from '@purser/contracts/user/v1/provisioning'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../../context.ts'
import { documentQuery } from '../../provisioning/document-query.ts'
import { project } from '../../provisioning/projection.ts'
import { readListQuery } from '../../provisioning/scim-query.ts'
import { userSchema } from '../../provisioning/scim-schema.ts'
import { userResource } from '../../provisioning/user-resource.ts'
import { findProvisionedUserIds } from '../../store/provisioned-list.ts'
import { listGroupsOfUsers, readProvisionedUsers } from '../../store/provisioned-user.ts'
import { scimList } from './scim-reply.ts'

/** Lists people whom the provider keeps here. Throws what `readListQuery` throws. */
export function listProvisionedUsers(ctx: UserContext) {
  return async ({ tenant, query }: ListProvisionedUsersRequest): Promise<HttpReply> => {
    const wanted = readListQuery(userSchema, query)
    const { startIndex, projection } = wanted
    const read = async (tx: Tx) => {
      const { ids, total } = await findProvisionedUserIds(
        tx,
        tenant,
        documentQuery(wanted, 'userName'),
      )
      const users = await readProvisionedUsers(tx, tenant, ids)
      const groups = await listGroupsOfUsers(tx, tenant, ids)
      const resources = users.map((user) =>
        project(userResource(tenant, user, groups.get(user.user.userId) ?? []), projection),
      )
      return scimList(resources, { total, startIndex })
    }
    return await ctx.db.tx(tenant, read, { readOnly: true })
  }
}
