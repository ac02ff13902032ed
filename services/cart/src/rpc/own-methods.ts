import type { HandlerContext } from '@connectrpc/connect'
import type {
  AddOwnItemRequest,
  GetOwnCartRequest,
  RemoveOwnItemRequest,
  UpdateOwnCartRequest,
  UpdateOwnItemRequest,
} from '@purser/contracts/cart/v1/cart'
import type { Cart as ProtoCart } from '@purser/contracts/cart/v1/contents'
import { ownSource, requirePerson, shopCurrency } from '../carts/cart-source.ts'
import { addToCart, changeCart, setQuantity, takeOut } from '../carts/change-cart.ts'
import { findCart, type Place, pricedCart } from '../carts/priced-cart.ts'
import type { CartContext } from '../context.ts'
import { emptyProtoCart, toProtoCart } from './convert-cart.ts'
import { requestedThing } from './requested-thing.ts'

/**
 * What people do with the one cart that is their own. Each throws `resource.not_found` for a caller who is
 * no person, and what the functions of `carts/change-cart.ts` throw.
 */
export function ownMethods(ctx: CartContext) {
  return {
    getOwnCart: async ({ tenant }: GetOwnCartRequest, call: HandlerContext): Promise<ProtoCart> =>
      await readOwnCart(ctx, { tenant, call }),

    updateOwnCart: async (req: UpdateOwnCartRequest, call: HandlerContext): Promise<ProtoCart> => {
      const place = { tenant: req.tenant, call }
      const source = await ownSource(ctx, place, req.currency)
      return toProtoCart(await changeCart(ctx, place, source, req))
    },

    addOwnItem: async (req: AddOwnItemRequest, call: HandlerContext): Promise<ProtoCart> => {
      const place = { tenant: req.tenant, call }
      const addition = requestedThing(req)
      const source = await ownSource(ctx, place, req.currency)
      return toProtoCart(await addToCart(ctx, place, source, addition))
    },

    updateOwnItem: async (req: UpdateOwnItemRequest, call: HandlerContext): Promise<ProtoCart> => {
      const place = { tenant: req.tenant, call }
      const source = await ownSource(ctx, place)
      return toProtoCart(await setQuantity(ctx, place, source, req))
    },

    removeOwnItem: async (req: RemoveOwnItemRequest, call: HandlerContext): Promise<ProtoCart> => {
      const place = { tenant: req.tenant, call }
      const source = await ownSource(ctx, place)
      if (source.before === undefined) return emptyProtoCart(source.currency)
      return toProtoCart(await takeOut(ctx, place, source, req.itemId))
    },
  }
}

/** The caller's own cart at the prices of this moment; an empty one that is not stored when there is none. */
export async function readOwnCart(ctx: CartContext, place: Place): Promise<ProtoCart> {
  const userId = requirePerson(place)
  const whole = await findCart(ctx, place.tenant, { kind: 'own', userId })
  if (whole === undefined) return emptyProtoCart(await shopCurrency(ctx, place))
  return toProtoCart(await pricedCart(ctx, place, whole))
}
