import { create } from '@bufbuild/protobuf'
import {
  type ListPlansRequest,
  type ListPlansResponse,
  ListPlansResponseSchema,
} from '@purser/contracts/subscription/v1/subscription'
import { decodePageToken, encodePageToken, pageSizeOf } from '@purser/rpc'
import type { SubscriptionContext } from '../context.ts'
import { listPlans as readPlans } from '../store/plan.ts'
import { toProtoPlan } from './convert-plan.ts'

/**
 * Lists plans by key, each at its newest version. Throws `request.invalid` for a foreign page
 * token.
 */
export function listPlans(ctx: SubscriptionContext) {
  return async (req: ListPlansRequest): Promise<ListPlansResponse> => {
    const pageSize = pageSizeOf(req.pageSize)
    const [afterKey = ''] = decodePageToken(req.pageToken, 1) ?? []
    // One more than asked for tells whether there is another page.
    const position = { afterKey, limit: pageSize + 1 }
    const found = await ctx.db.tx(req.tenant, (tx) => readPlans(tx, req.tenant, position), {
      readOnly: true,
    })
    const page = found.slice(0, pageSize)
    const last = found.length > pageSize ? page.at(-1) : undefined
    return create(ListPlansResponseSchema, {
      plans: page.map(toProtoPlan),
      nextPageToken: last ? encodePageToken([last.planKey]) : '',
    })
  }
}
