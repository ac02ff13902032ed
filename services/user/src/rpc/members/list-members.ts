import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ListMembersRequest,
  type ListMembersResponse,
  ListMembersResponseSchema,
} from '@purser/contracts/user/v1/user'
import type { Tx } from '@purser/postgres'
import { decodePageToken, encodePageToken, pageSizeOf } from '@purser/rpc'
import type { UserContext } from '../../context.ts'
import { listMembers as readMembers } from '../../store/member.ts'
import { accessToAccount } from './account-access.ts'
import { toProtoMember } from './convert-member.ts'

/**
 * Lists the members of an account by their id, to operators and to its members. Throws
 * `request.invalid` for a page token that no list answered, `resource.not_found`.
 */
export function listMembers(ctx: UserContext) {
  return async (req: ListMembersRequest, call: HandlerContext): Promise<ListMembersResponse> => {
    const { tenant, accountId } = req
    const pageSize = pageSizeOf(req.pageSize)
    const [afterId = ''] = decodePageToken(req.pageToken, 1) ?? []
    const read = async (tx: Tx) => {
      await accessToAccount(tx, call, req, 'user.accounts.read')
      // One more than asked for tells whether there is another page.
      return await readMembers(tx, tenant, { accountId, afterId, limit: pageSize + 1 })
    }
    const found = await ctx.db.tx(tenant, read, { readOnly: true })
    const page = found.slice(0, pageSize)
    const last = found.length > pageSize ? page.at(-1) : undefined
    return create(ListMembersResponseSchema, {
      members: page.map(toProtoMember),
      nextPageToken: last ? encodePageToken([last.userId]) : '',
    })
  }
}
