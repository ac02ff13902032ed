import { create } from '@bufbuild/protobuf'
import {
  type ListAccountsRequest,
  type ListAccountsResponse,
  ListAccountsResponseSchema,
} from '@purser/contracts/user/v1/user'
import { decodePageToken, encodePageToken, pageSizeOf } from '@purser/rpc'
import type { UserContext } from '../context.ts'
import { listAccounts as readAccounts } from '../store/account.ts'
import { toProtoAccount } from './convert.ts'

/** Lists accounts by id. Throws `request.invalid` for a page token that no list answered. */
export function listAccounts(ctx: UserContext) {
  return async (req: ListAccountsRequest): Promise<ListAccountsResponse> => {
    const pageSize = pageSizeOf(req.pageSize)
    const [afterId = ''] = decodePageToken(req.pageToken, 1) ?? []
    // One more than asked for tells whether there is another page.
    const position = { afterId, limit: pageSize + 1 }
    const found = await ctx.db.tx(req.tenant, (tx) => readAccounts(tx, req.tenant, position), {
      readOnly: true,
    })
    const page = found.slice(0, pageSize)
    const last = found.length > pageSize ? page.at(-1) : undefined
    return create(ListAccountsResponseSchema, {
      accounts: page.map(toProtoAccount),
      nextPageToken: last ? encodePageToken([last.accountId]) : '',
    })
  }
}
