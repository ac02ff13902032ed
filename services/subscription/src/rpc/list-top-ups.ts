import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ListTopUpsRequest,
  type ListTopUpsResponse,
  ListTopUpsResponseSchema,
} from '@purser/contracts/subscription/v1/subscription'
import { decodePageToken, encodePageToken, pageSizeOf } from '@purser/rpc'
import type { SubscriptionContext } from '../context.ts'
import { listTopUps as readTopUps } from '../store/top-up.ts'
import { toProtoTopUp } from './convert-top-up.ts'
import { requireAccount } from './require-account.ts'

/**
 * Lists top-ups of an account by id. Throws `resource.not_found`, and `request.invalid` for a foreign
 * page token.
 */
export function listTopUps(ctx: SubscriptionContext) {
  return async (req: ListTopUpsRequest, call: HandlerContext): Promise<ListTopUpsResponse> => {
    const { tenant, accountId } = req
    await requireAccount(ctx, call, req)
    const pageSize = pageSizeOf(req.pageSize)
    const [afterId = ''] = decodePageToken(req.pageToken, 1) ?? []
    // One more than asked for tells whether there is another page.
    const position = { afterId, limit: pageSize + 1 }
    const found = await ctx.db.tx(tenant, (tx) => readTopUps(tx, tenant, accountId, position), {
      readOnly: true,
    })
    const page = found.slice(0, pageSize)
    const last = found.length > pageSize ? page.at(-1) : undefined
    return create(ListTopUpsResponseSchema, {
      topUps: page.map(toProtoTopUp),
      nextPageToken: last ? encodePageToken([last.topUpId]) : '',
    })
  }
}
