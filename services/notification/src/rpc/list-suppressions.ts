import { create } from '@bufbuild/protobuf'
import {
  type ListSuppressionsRequest,
  type ListSuppressionsResponse,
  ListSuppressionsResponseSchema,
} from '@purser/contracts/notification/v1/notification'
import { decodePageToken, encodePageToken, pageSizeOf } from '@purser/rpc'
import type { NotificationContext } from '../context.ts'
import { listSuppressions as readSuppressions } from '../store/suppression.ts'
import { toProtoSuppression } from './convert-suppression.ts'

/** Lists suppressed addresses in order. Throws `request.invalid` for a page token that no list answered. */
export function listSuppressions(ctx: NotificationContext) {
  return async (req: ListSuppressionsRequest): Promise<ListSuppressionsResponse> => {
    const { tenant } = req
    const pageSize = pageSizeOf(req.pageSize)
    const [after = ''] = decodePageToken(req.pageToken, 1) ?? []
    // One more than asked for tells whether there is another page.
    const position = { after, limit: pageSize + 1 }
    const found = await ctx.db.tx(tenant, (tx) => readSuppressions(tx, tenant, position), {
      readOnly: true,
    })
    const page = found.slice(0, pageSize)
    const last = found.length > pageSize ? page.at(-1) : undefined
    return create(ListSuppressionsResponseSchema, {
      suppressions: page.map(toProtoSuppression),
      nextPageToken: last ? encodePageToken([last.email]) : '',
    })
  }
}
