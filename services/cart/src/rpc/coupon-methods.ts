import { create } from '@bufbuild/protobuf'
import {
  type Coupon as ProtoCoupon,
  type CreateCouponRequest,
  type DeactivateCouponRequest,
  type ListCouponsRequest,
  type ListCouponsResponse,
  ListCouponsResponseSchema,
} from '@purser/contracts/cart/v1/coupon'
import { newId, PurserError } from '@purser/kernel'
import { decodePageToken, encodePageToken, pageSizeOf } from '@purser/rpc'
import type { CartContext } from '../context.ts'
import { deactivateCoupon, insertCoupon, listCoupons } from '../store/coupon.ts'
import { fromProtoCoupon, toProtoCoupon } from './convert-coupon.ts'

/** What operators do with coupons. */
export function couponMethods(ctx: CartContext) {
  return {
    /** Throws `request.invalid`, `cart.coupon_exists`. */
    createCoupon: async (req: CreateCouponRequest): Promise<ProtoCoupon> => {
      const { tenant } = req
      const createdAt = ctx.clock.now({ tenantId: tenant }).round('microsecond')
      const coupon = fromProtoCoupon(req, { couponId: newId('coup'), createdAt })
      const isNew = await ctx.db.tx(tenant, (tx) => insertCoupon(tx, tenant, coupon))
      if (isNew) return toProtoCoupon(coupon)
      const message = `There is a coupon ${coupon.code} already.`
      throw new PurserError('cart.coupon_exists', message)
    },

    listCoupons: async (req: ListCouponsRequest): Promise<ListCouponsResponse> => {
      const { tenant } = req
      const pageSize = pageSizeOf(req.pageSize)
      // One more than asked for tells whether there is another page.
      const question = { beforeId: decodePageToken(req.pageToken, 1)?.[0], limit: pageSize + 1 }
      const found = await ctx.db.tx(tenant, (tx) => listCoupons(tx, tenant, question), {
        readOnly: true,
      })
      const page = found.slice(0, pageSize)
      const last = found.length > pageSize ? page.at(-1) : undefined
      return create(ListCouponsResponseSchema, {
        coupons: page.map(toProtoCoupon),
        nextPageToken: last ? encodePageToken([last.couponId]) : '',
      })
    },

    /** Throws `resource.not_found`. */
    deactivateCoupon: async (req: DeactivateCouponRequest): Promise<ProtoCoupon> => {
      const { tenant, couponId } = req
      const coupon = await ctx.db.tx(tenant, (tx) => deactivateCoupon(tx, tenant, couponId))
      if (coupon) return toProtoCoupon(coupon)
      throw new PurserError('resource.not_found', 'There is no such coupon.')
    },
  }
}
