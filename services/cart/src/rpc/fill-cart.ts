import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type FillCartLine,
  type FillCartRequest,
  type FillCartResponse,
  FillCartResponseSchema,
} from '@purser/contracts/cart/v1/checkout'
import { assert } from '@purser/kernel'
import { nobodysCart } from '../carts/cart-refusals.ts'
import { type CartSource, guestSource, personSource } from '../carts/cart-source.ts'
import { type FillLine, fillCart as fill } from '../carts/fill-cart.ts'
import type { Place } from '../carts/priced-cart.ts'
import type { CartContext } from '../context.ts'
import { toProtoCart, toProtoChange } from './convert-cart.ts'
import { requestedThing } from './requested-thing.ts'

/**
 * Adds units of several things to a cart. Throws `request.invalid` without a token or a person,
 * `resource.not_found`, `cart.not_open`, and what `fillCart` of `carts/fill-cart.ts` throws.
 */
export function fillCart(ctx: CartContext) {
  return async (req: FillCartRequest, call: HandlerContext): Promise<FillCartResponse> => {
    const place = { tenant: req.tenant, call }
    const source = await sourceOf(ctx, place, req)
    const { priced, filled } = await fill(ctx, place, source, req.lines.map(lineOf))
    const { currency } = priced.cart
    const money = (amountCents: bigint) => ({ amountCents, currency })
    return create(FillCartResponseSchema, {
      cart: toProtoCart(priced),
      lines: filled.map(({ isAdded, changes }) => ({
        isAdded,
        changes: changes.map((change) => toProtoChange(change, money)),
      })),
    })
  }
}

async function sourceOf(ctx: CartContext, place: Place, req: FillCartRequest): Promise<CartSource> {
  if (req.cartToken) return await guestSource(ctx, place, req)
  const { userId, currency: currencyOfNew } = req
  if (userId) return await personSource(ctx, place, { userId, currencyOfNew })
  throw nobodysCart()
}

function lineOf(line: FillCartLine): FillLine {
  const { thing, quantity } = requestedThing(line)
  assert(line.oldPrice, 'the contract requires a price')
  const { amountCents: seenMinor, currency: seenCurrency } = line.oldPrice
  // Of a plan there is always one.
  return { ...thing, quantity: thing.kind === 'plan' ? 1n : quantity, seenMinor, seenCurrency }
}
