import { create } from '@bufbuild/protobuf'
import {
  type CheckoutRecord,
  type GetCheckoutRequest,
  type ListCheckoutsRequest,
  type ListCheckoutsResponse,
  ListCheckoutsResponseSchema,
} from '@purser/contracts/order/v1/checkout'
import { PurserError } from '@purser/kernel'
import { decodePageToken, encodePageToken, pageSizeOf } from '@purser/rpc'
import type { OrderContext } from '../context.ts'
import { findCheckout } from '../store/checkout.ts'
import { listCheckouts as readCheckouts, listSteps } from '../store/checkout-list.ts'
import { fromProtoCheckoutState, toProtoRecord } from './convert.ts'

/** Answers a checkout step by step. Throws `resource.not_found`. */
export function getCheckout(ctx: OrderContext) {
  return async ({ tenant, checkoutId }: GetCheckoutRequest): Promise<CheckoutRecord> =>
    await ctx.db.tx(
      tenant,
      async (tx) => {
        const checkout = await findCheckout(tx, tenant, checkoutId)
        if (checkout === undefined) {
          throw new PurserError('resource.not_found', 'There is no such checkout.')
        }
        return toProtoRecord(checkout, await listSteps(tx, tenant, checkoutId))
      },
      { readOnly: true },
    )
}

/** Lists checkouts, newest first. Throws `request.invalid` for a page token that no list answered. */
export function listCheckouts(ctx: OrderContext) {
  return async (req: ListCheckoutsRequest): Promise<ListCheckoutsResponse> => {
    const { tenant } = req
    const pageSize = pageSizeOf(req.pageSize)
    const question = {
      state: fromProtoCheckoutState(req.state),
      beforeId: decodePageToken(req.pageToken, 1)?.[0],
      limit: pageSize + 1,
    }
    const found = await ctx.db.tx(tenant, (tx) => readCheckouts(tx, tenant, question), {
      readOnly: true,
    })
    const page = found.slice(0, pageSize)
    const last = found.length > pageSize ? page.at(-1) : undefined
    return create(ListCheckoutsResponseSchema, {
      checkouts: page.map((checkout) => toProtoRecord(checkout, [])),
      nextPageToken: last ? encodePageToken([last.checkoutId]) : '',
    })
  }
}
