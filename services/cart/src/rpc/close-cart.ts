import { create } from '@bufbuild/protobuf'
import {
  type CloseCartRequest,
  type CloseCartResponse,
  CloseCartResponseSchema,
} from '@purser/contracts/cart/v1/checkout'
import { isUniqueViolation, type Tx } from '@purser/postgres'
import { cartChanged, requireOpen, unknownCart } from '../carts/cart-refusals.ts'
import { couponNotValid } from '../carts/coupon-not-valid.ts'
import type { CartContext } from '../context.ts'
import { couponObstacle, normalizeCode } from '../domain/coupon.ts'
import { lockCartById, readLockedCart } from '../store/cart.ts'
import { closeCart as close, findCartOrder } from '../store/cart-order.ts'

/**
 * Ends a cart by an order, and redeems the coupon whose discount the order gives, in one transaction: a
 * coupon is never redeemed more often than it may be. Again for the same order changes nothing. Throws
 * `resource.not_found`, `cart.changed`, `cart.not_open`, `cart.coupon_not_valid`.
 */
export function closeCart(ctx: CartContext) {
  return async (req: CloseCartRequest): Promise<CloseCartResponse> => {
    try {
      const wasDoneNow = await ctx.db.tx(req.tenant, (tx) => closeOnce(ctx, tx, req))
      return create(CloseCartResponseSchema, { wasDoneNow })
    } catch (error) {
      // The order ends another cart at this very moment, perhaps with a coupon.
      const isTaken = ['cart_order_pkey', 'coupon_use_pkey'].some((key) =>
        isUniqueViolation(error, key),
      )
      throw isTaken ? cartChanged() : error
    }
  }
}

async function closeOnce(ctx: CartContext, tx: Tx, req: CloseCartRequest): Promise<boolean> {
  const { tenant, cartId, orderId, version } = req
  const cart = await lockCartById(tx, tenant, cartId)
  if (cart === undefined) throw unknownCart()
  const earlier = await findCartOrder(tx, tenant, orderId)
  if (earlier?.cartId === cartId && earlier.state === 'closed') return false
  if (earlier) throw cartChanged()
  requireOpen(cart)
  if (cart.version !== version) throw cartChanged()
  const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
  const coupon = req.couponCode ? await couponOf(tx, req) : undefined
  if (await close(tx, tenant, { cartId, orderId, couponId: coupon?.couponId, now })) return true
  throw couponNotValid((coupon && couponObstacle(coupon, now)) ?? 'used_up')
}

/** The coupon in the locked cart, which is the one that the order gives the discount of. */
async function couponOf(tx: Tx, { tenant, cartId, couponCode }: CloseCartRequest) {
  const { coupon } = await readLockedCart(tx, tenant, cartId)
  if (coupon?.code !== normalizeCode(couponCode)) throw cartChanged()
  return coupon
}
