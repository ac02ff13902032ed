import { randomBytes } from 'node:crypto'
import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type AddItemRequest,
  type CreateCartRequest,
  type CreateCartResponse,
  CreateCartResponseSchema,
  type GetCartRequest,
  type RemoveItemRequest,
  type UpdateCartRequest,
  type UpdateItemRequest,
} from '@purser/contracts/cart/v1/cart'
import type { Cart as ProtoCart } from '@purser/contracts/cart/v1/contents'
import { asService } from '@purser/rpc'
import { unknownCart } from '../carts/cart-refusals.ts'
import { guestKey, guestSource, hashToken, newCart } from '../carts/cart-source.ts'
import { addToCart, changeCart, setQuantity, takeOut } from '../carts/change-cart.ts'
import { findCart, momentOf, pricedCart } from '../carts/priced-cart.ts'
import type { CartContext } from '../context.ts'
import { insertGuestCart } from '../store/cart.ts'
import { toProtoCart } from './convert-cart.ts'
import { requestedThing } from './requested-thing.ts'

const TOKEN_BYTES = 32

/**
 * What guests do with their carts, whose tokens prove that they are theirs. Each throws
 * `resource.not_found` without the token, the changing ones `cart.not_open`, and what the functions of
 * `carts/change-cart.ts` throw.
 */
export function guestMethods(ctx: CartContext) {
  return {
    /** Throws `resource.not_found` for an unknown tenant. */
    createCart: async (
      { tenant, currency }: CreateCartRequest,
      call: HandlerContext,
    ): Promise<CreateCartResponse> => {
      await ctx.clients.user.getTenant({ tenant }, asService('cart', tenant, { context: call }))
      const cartToken = randomBytes(TOKEN_BYTES).toString('base64url')
      const tokenHash = hashToken(cartToken)
      const cart = newCart({ userId: '', currency }, momentOf(ctx, tenant))
      await ctx.db.tx(tenant, (tx) => insertGuestCart(tx, tenant, { cart, tokenHash }))
      const whole = { cart, items: [], coupon: undefined }
      const priced = await pricedCart(ctx, { tenant, call }, whole)
      return create(CreateCartResponseSchema, { cart: toProtoCart(priced), cartToken })
    },

    getCart: async (req: GetCartRequest, call: HandlerContext): Promise<ProtoCart> => {
      const whole = await findCart(ctx, req.tenant, guestKey(req))
      if (whole === undefined) throw unknownCart()
      return toProtoCart(await pricedCart(ctx, { tenant: req.tenant, call }, whole))
    },

    updateCart: async (req: UpdateCartRequest, call: HandlerContext): Promise<ProtoCart> => {
      const place = { tenant: req.tenant, call }
      const source = await guestSource(ctx, place, req)
      return toProtoCart(await changeCart(ctx, place, source, req))
    },

    addItem: async (req: AddItemRequest, call: HandlerContext): Promise<ProtoCart> => {
      const place = { tenant: req.tenant, call }
      const addition = requestedThing(req)
      const source = await guestSource(ctx, place, req)
      return toProtoCart(await addToCart(ctx, place, source, addition))
    },

    updateItem: async (req: UpdateItemRequest, call: HandlerContext): Promise<ProtoCart> => {
      const place = { tenant: req.tenant, call }
      const source = await guestSource(ctx, place, req)
      return toProtoCart(await setQuantity(ctx, place, source, req))
    },

    removeItem: async (req: RemoveItemRequest, call: HandlerContext): Promise<ProtoCart> => {
      const place = { tenant: req.tenant, call }
      const source = await guestSource(ctx, place, req)
      return toProtoCart(await takeOut(ctx, place, source, req.itemId))
    },
  }
}
