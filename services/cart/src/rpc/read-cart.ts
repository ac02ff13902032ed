import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ReadCartRequest,
  type ReadCartResponse,
  ReadCartResponseSchema,
} from '@purser/contracts/cart/v1/checkout'
import { nobodysCart, requireOpen, unknownCart } from '../carts/cart-refusals.ts'
import { guestKey } from '../carts/cart-source.ts'
import { findCart, pricedCart } from '../carts/priced-cart.ts'
import type { CartContext } from '../context.ts'
import type { CartKey } from '../store/cart.ts'
import { toProtoCart } from './convert-cart.ts'

/**
 * An open cart as it would be ordered. Throws `request.invalid` without a token or a person,
 * `resource.not_found`, `cart.not_open`.
 */
export function readCart(ctx: CartContext) {
  return async (req: ReadCartRequest, call: HandlerContext): Promise<ReadCartResponse> => {
    const { tenant, cartId } = req
    const whole = await findCart(ctx, tenant, keyOf(req))
    if (whole === undefined || (cartId && cartId !== whole.cart.cartId)) throw unknownCart()
    requireOpen(whole.cart)
    const cart = toProtoCart(await pricedCart(ctx, { tenant, call }, whole))
    return create(ReadCartResponseSchema, { cart, userId: whole.cart.userId })
  }
}

function keyOf(req: ReadCartRequest): CartKey {
  if (req.cartToken) return guestKey(req)
  if (req.userId) return { kind: 'own', userId: req.userId }
  throw nobodysCart()
}
