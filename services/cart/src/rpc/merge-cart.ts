import type { HandlerContext } from '@connectrpc/connect'
import type { MergeCartRequest } from '@purser/contracts/cart/v1/cart'
import type { Cart as ProtoCart } from '@purser/contracts/cart/v1/contents'
import { requireOpen, unknownCart } from '../carts/cart-refusals.ts'
import { guestKey, newCart, requirePerson } from '../carts/cart-source.ts'
import { editCart, findCart, momentOf } from '../carts/priced-cart.ts'
import type { CartContext } from '../context.ts'
import type { Cart } from '../domain/cart.ts'
import { checkLimits } from '../domain/check-limits.ts'
import { lockCart, lockOrMakeOwnCart } from '../store/cart.ts'
import { moveItems } from '../store/cart-item.ts'
import { toProtoCart } from './convert-cart.ts'
import { readOwnCart } from './own-methods.ts'

/**
 * Moves everything of a guest's cart into the caller's own. The own cart is locked first, then the guest's:
 * whoever comes second finds it merged and moves nothing. An empty own cart takes the guest's currency.
 * Throws `resource.not_found`, `cart.not_open` for a cart that was ordered, expired or merged into
 * somebody else's, `cart.changed`, and what `checkLimits` throws.
 */
export function mergeCart(ctx: CartContext) {
  return async (req: MergeCartRequest, call: HandlerContext): Promise<ProtoCart> => {
    const { tenant } = req
    const place = { tenant, call }
    const userId = requirePerson(place)
    const key = guestKey(req)
    const guest = await findCart(ctx, tenant, key)
    if (guest === undefined) throw unknownCart()
    if (isMergedFor(guest.cart, userId)) return await readOwnCart(ctx, place)
    requireOpen(guest.cart)
    const before = await findCart(ctx, tenant, { kind: 'own', userId })
    const isFilled = before !== undefined && before.items.length > 0
    const currency = isFilled ? before.cart.currency : guest.cart.currency
    const merged = await editCart(ctx, place, {
      before,
      currency,
      things: guest.items,
      lock: (tx, moment) => lockOrMakeOwnCart(tx, tenant, newCart({ userId, currency }, moment)),
      work: async (tx, toId) => {
        const source = await lockCart(tx, tenant, key)
        if (source === undefined) throw unknownCart()
        if (isMergedFor(source, userId)) return false
        requireOpen(source)
        const move = { fromId: source.cartId, toId, userId }
        await moveItems(tx, tenant, move, momentOf(ctx, tenant))
        return false
      },
      check: ({ items }) => checkLimits(items),
    })
    return toProtoCart(merged)
  }
}

function isMergedFor({ state, userId }: Cart, wanted: string): boolean {
  return state === 'merged' && userId === wanted
}
