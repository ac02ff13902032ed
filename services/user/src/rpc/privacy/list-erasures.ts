import { create } from '@bufbuild/protobuf'
import {
  type ListErasuresRequest,
  type ListErasuresResponse,
  ListErasuresResponseSchema,
} from '@purser/contracts/user/v1/privacy'
import type { Tx } from '@purser/postgres'
import { decodePageToken, encodePageToken, pageSizeOf } from '@purser/rpc'
import type { UserContext } from '../../context.ts'
import { listErasures as readErasures } from '../../store/erasure.ts'
import { listSteps } from '../../store/erasure-step.ts'
import { toProtoErasure } from './convert-privacy.ts'

/** Lists erasures, newest first. Throws `request.invalid` for a page token that no list answered. */
export function listErasures(ctx: UserContext) {
  return async (req: ListErasuresRequest): Promise<ListErasuresResponse> => {
    const { tenant } = req
    const pageSize = pageSizeOf(req.pageSize)
    const [beforeId = ''] = decodePageToken(req.pageToken, 1) ?? []
    const read = async (tx: Tx) => {
      // One more than asked for tells whether there is another page.
      const found = await readErasures(tx, tenant, { beforeId, limit: pageSize + 1 })
      const erasures = []
      for (const erasure of found.slice(0, pageSize)) {
        erasures.push(toProtoErasure(erasure, await listSteps(tx, tenant, erasure.erasureId)))
      }
      return { erasures, hasMore: found.length > pageSize }
    }
    const { erasures, hasMore } = await ctx.db.tx(tenant, read, { readOnly: true })
    const last = hasMore ? erasures.at(-1) : undefined
    return create(ListErasuresResponseSchema, {
      erasures,
      nextPageToken: last ? encodePageToken([last.erasureId]) : '',
    })
  }
}
