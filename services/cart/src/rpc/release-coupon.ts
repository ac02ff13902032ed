import { create } from '@bufbuild/protobuf'
import {
  type ReleaseCouponRequest,
  type ReleaseCouponResponse,
  ReleaseCouponResponseSchema,
} from '@purser/contracts/cart/v1/checkout'
import type { CartContext } from '../context.ts'
import { releaseCoupon as release } from '../store/coupon-use.ts'

/** Gives the coupon back that an order used, which keeps its cart. Again, or for an order without one, changes nothing. */
export function releaseCoupon(ctx: CartContext) {
  return async ({ tenant, orderId }: ReleaseCouponRequest): Promise<ReleaseCouponResponse> => {
    const wasDoneNow = await ctx.db.tx(tenant, (tx) => release(tx, tenant, orderId))
    return create(ReleaseCouponResponseSchema, { wasDoneNow })
  }
}
