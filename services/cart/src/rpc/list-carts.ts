import { create } from '@bufbuild/protobuf'
import {
  CartSummarySchema,
  type ListCartsRequest,
  type ListCartsResponse,
  ListCartsResponseSchema,
} from '@purser/contracts/cart/v1/cart'
import { decodePageToken, encodePageToken, pageSizeOf, toProtoTimestamp } from '@purser/rpc'
import type { CartContext } from '../context.ts'
import { type CountedCart, listCarts as readCarts } from '../store/cart-list.ts'
import { fromProtoState, toProtoState } from './convert-cart.ts'

/** Lists the carts of a tenant for operators, the newest first. */
export function listCarts(ctx: CartContext) {
  return async (req: ListCartsRequest): Promise<ListCartsResponse> => {
    const { tenant } = req
    const pageSize = pageSizeOf(req.pageSize)
    const question = {
      state: fromProtoState(req.state),
      beforeId: decodePageToken(req.pageToken, 1)?.[0],
      // One more than asked for tells whether there is another page.
      limit: pageSize + 1,
    }
    const found = await ctx.db.tx(tenant, (tx) => readCarts(tx, tenant, question), {
      readOnly: true,
    })
    const page = found.slice(0, pageSize)
    const last = found.length > pageSize ? page.at(-1) : undefined
    return create(ListCartsResponseSchema, {
      carts: page.map(toProtoSummary),
      nextPageToken: last ? encodePageToken([last.cart.cartId]) : '',
    })
  }
}

function toProtoSummary({ cart, itemCount, unitCount }: CountedCart) {
  const { cartId, state, currency, userId, createdAt, updatedAt } = cart
  return create(CartSummarySchema, {
    cartId,
    currency,
    userId,
    itemCount,
    unitCount,
    state: toProtoState(state),
    createTime: toProtoTimestamp(createdAt),
    updateTime: toProtoTimestamp(updatedAt),
  })
}
