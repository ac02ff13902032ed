import { create } from '@bufbuild/protobuf'
import {
  type ReopenCartRequest,
  type ReopenCartResponse,
  ReopenCartResponseSchema,
} from '@purser/contracts/cart/v1/checkout'
import { isUniqueViolation, type Tx } from '@purser/postgres'
import { unknownCart } from '../carts/cart-refusals.ts'
import { momentOf } from '../carts/priced-cart.ts'
import type { CartContext } from '../context.ts'
import type { Cart } from '../domain/cart.ts'
import { findWholeCart, lockCart, lockCartById, openCart } from '../store/cart.ts'
import { moveItems } from '../store/cart-item.ts'
import { findCartOrder, preventClose, undoClose } from '../store/cart-order.ts'
import { releaseCoupon } from '../store/coupon-use.ts'

/**
 * Undoes CloseCart of an order and gives its coupon back; one that is still on its way is refused from then
 * on. When the person has another open cart, everything moves into it, beyond the limits if need be: nothing
 * is lost. Again changes nothing. Throws `resource.not_found`.
 */
export function reopenCart(ctx: CartContext) {
  return async (req: ReopenCartRequest): Promise<ReopenCartResponse> => {
    const undo = () => ctx.db.tx(req.tenant, (tx) => undoOrder(ctx, tx, req))
    try {
      return create(ReopenCartResponseSchema, await undo())
    } catch (error) {
      // The person began another cart at this very moment; it is seen now.
      if (!isUniqueViolation(error, 'cart_one_open_of_a_person')) throw error
      return create(ReopenCartResponseSchema, await undo())
    }
  }
}

async function undoOrder(ctx: CartContext, tx: Tx, req: ReopenCartRequest) {
  const { tenant, cartId, orderId } = req
  const cart = await lockCartById(tx, tenant, cartId)
  if (cart === undefined) throw unknownCart()
  const order = await findCartOrder(tx, tenant, orderId)
  if (order && order.cartId !== cartId) throw unknownCart()
  if (order?.state === 'closed') {
    await undoClose(tx, tenant, orderId)
    await releaseCoupon(tx, tenant, orderId)
    return { cartId: await giveBack(ctx, tx, tenant, cart), wasDoneNow: true }
  }
  const moment = momentOf(ctx, tenant)
  if (order === undefined) await preventClose(tx, tenant, { orderId, cartId, now: moment.now })
  return { cartId: await whereItIsNow(tx, tenant, cart), wasDoneNow: order === undefined }
}

/** Opens the locked cart, or moves what is in it into the open one of its owner; answers which has it. */
async function giveBack(ctx: CartContext, tx: Tx, tenant: string, cart: Cart): Promise<string> {
  const { cartId, userId } = cart
  const moment = momentOf(ctx, tenant)
  const other = userId ? await lockCart(tx, tenant, { kind: 'own', userId }) : undefined
  if (other === undefined) {
    await openCart(tx, tenant, cartId, moment)
    return cartId
  }
  await moveItems(tx, tenant, { fromId: cartId, toId: other.cartId, userId }, moment)
  return other.cartId
}

async function whereItIsNow(tx: Tx, tenant: string, cart: Cart): Promise<string> {
  if (cart.state !== 'merged') return cart.cartId
  const own = await findWholeCart(tx, tenant, { kind: 'own', userId: cart.userId })
  return own?.cart.cartId ?? ''
}
