import { create } from '@bufbuild/protobuf'
import {
  GroupRoleSchema,
  type GroupRole,
  type ListGroupRolesRequest,
  type ListGroupRolesResponse,
  ListGroupRolesResponseSchema,
} from '@purser/contracts/user/v1/provisioning'
import { decodePageToken, encodePageToken, pageSizeOf } from '@purser/rpc'
import type { UserContext } from '../../context.ts'
import type { ProvisionedGroup } from '../../domain/provisioned-group.ts'
import { listGroups } from '../../store/provisioned-group.ts'

/** Lists groups and their roles by id. Throws `request.invalid` for a page token no list answered. */
export function listGroupRoles(ctx: UserContext) {
  return async (req: ListGroupRolesRequest): Promise<ListGroupRolesResponse> => {
    const pageSize = pageSizeOf(req.pageSize)
    const [afterId = ''] = decodePageToken(req.pageToken, 1) ?? []
    // One more than asked for tells whether there is another page.
    const position = { afterId, limit: pageSize + 1 }
    const found = await ctx.db.tx(req.tenant, (tx) => listGroups(tx, req.tenant, position), {
      readOnly: true,
    })
    const page = found.slice(0, pageSize)
    const last = found.length > pageSize ? page.at(-1) : undefined
    return create(ListGroupRolesResponseSchema, {
      groups: page.map(toProtoGroupRole),
      nextPageToken: last ? encodePageToken([last.groupId]) : '',
    })
  }
}

/** A group and its role as answered. */
export function toProtoGroupRole({ groupId, displayName, roleKey }: ProvisionedGroup): GroupRole {
  return create(GroupRoleSchema, { groupId, displayName, role: roleKey ?? '' })
}
