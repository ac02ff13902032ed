import { create } from '@bufbuild/protobuf'
import {
  type ListUsersRequest,
  type ListUsersResponse,
  ListUsersResponseSchema,
} from '@purser/contracts/user/v1/user'
import { decodePageToken, encodePageToken, pageSizeOf } from '@purser/rpc'
import type { UserContext } from '../context.ts'
import { listUsers as readUsers } from '../store/team-user.ts'
import { toProtoUser } from './convert-user.ts'

/**
 * Lists people by id, staff and shoppers. Throws `request.invalid` for a page token that no list
 * answered.
 */
export function listUsers(ctx: UserContext) {
  return async (req: ListUsersRequest): Promise<ListUsersResponse> => {
    const pageSize = pageSizeOf(req.pageSize)
    const [afterId = ''] = decodePageToken(req.pageToken, 1) ?? []
    // One more than asked for tells whether there is another page.
    const position = { afterId, limit: pageSize + 1 }
    const found = await ctx.db.tx(req.tenant, (tx) => readUsers(tx, req.tenant, position), {
      readOnly: true,
    })
    const page = found.slice(0, pageSize)
    const last = found.length > pageSize ? page.at(-1) : undefined
    return create(ListUsersResponseSchema, {
      users: page.map(toProtoUser),
      nextPageToken: last ? encodePageToken([last.userId]) : '',
    })
  }
}
