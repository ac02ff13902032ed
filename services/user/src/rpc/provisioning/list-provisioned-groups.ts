import type { HttpReply } from '@purser/contracts/common/v1/http_reply'
import type { ListProvisionedGroupsRequest } from '@purser/contracts/user/v1/provisioning'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../../context.ts'
import { documentQuery } from '../../provisioning/document-query.ts'
import { readListQuery } from '../../provisioning/scim-query.ts'
import { groupSchema } from '../../provisioning/scim-schema.ts'
import { readGroups } from '../../store/provisioned-group.ts'
import { findProvisionedGroupIds } from '../../store/provisioned-list.ts'
import { shownGroups } from './get-provisioned-group.ts'
import { scimList } from './scim-reply.ts'

/** Lists groups. Throws what `readListQuery` throws. */
export function listProvisionedGroups(ctx: UserContext) {
  return async ({ tenant, query }: ListProvisionedGroupsRequest): Promise<HttpReply> => {
    const wanted = readListQuery(groupSchema, query)
    const { startIndex, projection } = wanted
    const read = async (tx: Tx) => {
      const { ids, total } = await findProvisionedGroupIds(
        tx,
        tenant,
        documentQuery(wanted, 'displayName'),
      )
      const groups = await readGroups(tx, tenant, ids)
      const resources = await shownGroups(tx, tenant, groups, projection)
      return scimList(resources, { total, startIndex })
    }
    return await ctx.db.tx(tenant, read, { readOnly: true })
  }
}
