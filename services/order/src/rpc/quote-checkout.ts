import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import type { Cart } from '@purser/contracts/cart/v1/contents'
import type { Address } from '@purser/contracts/common/v1/common'
import {
  type QuoteCheckoutRequest,
  type QuoteCheckoutResponse,
  QuoteCheckoutResponseSchema,
  type QuoteGuestCheckoutRequest,
} from '@purser/contracts/order/v1/checkout'
import { assert, PurserError } from '@purser/kernel'
import { fromProtoDimensions } from '@purser/rpc'
import { asCheckout } from '../checkout/call-as-checkout.ts'
import { guestOf, type Owner, shopperOf } from '../checkout/owner.ts'
import { readCart } from '../checkout/read-cart.ts'
import { calculateTax } from '../checkout/calculate-tax.ts'
import { consignmentOf } from '../checkout/consignment.ts'
import type { OrderContext } from '../context.ts'
import { taxableGoods } from '../domain/price-checkout.ts'
import { taxTotal } from '../domain/tax.ts'

/** What the caller's own cart costs with each way to deliver it. Throws what `quote` throws. */
export function quoteCheckout(ctx: OrderContext) {
  return async (req: QuoteCheckoutRequest, call: HandlerContext): Promise<QuoteCheckoutResponse> =>
    await quote(ctx, req, shopperOf(call))
}

/** What a guest's cart costs with each way to deliver it. Throws what `quote` throws. */
export function quoteGuestCheckout(ctx: OrderContext) {
  return async (req: QuoteGuestCheckoutRequest): Promise<QuoteCheckoutResponse> =>
    await quote(ctx, req, guestOf(req))
}

/** Throws `resource.not_found`, `cart.not_open`, `order.cart_empty`. */
async function quote(
  ctx: OrderContext,
  req: QuoteCheckoutRequest | QuoteGuestCheckoutRequest,
  owner: Owner,
): Promise<QuoteCheckoutResponse> {
  const { tenant, cartId, shippingAddress } = req
  const cart = await readCart(ctx, tenant, cartId, owner)
  if (cart.items.length === 0) throw new PurserError('order.cart_empty', 'The cart is empty.')
  assert(shippingAddress && cart.total, 'the contract requires an address, and carts have a total')
  const { amountCents, currency } = cart.total
  const money = (minor: bigint) => ({ amountCents: minor, currency })
  const goods = goodsOf(cart)
  const offers = await offersOf(ctx, tenant, cart, { goods, address: shippingAddress })
  const { isIncluded, ...taxes } = await calculateTax(ctx, tenant, {
    currency,
    place: shippingAddress,
    goods: taxableGoods({ goods, discountMinor: cart.discount?.amountCents ?? 0n }) ?? [],
    shippingMinor: offers.map(({ price }) => price?.amountCents ?? 0n),
  })
  const goodsTax = taxTotal(taxes.goods.flat())
  return create(QuoteCheckoutResponseSchema, {
    totalWithoutShipping: money(amountCents + (isIncluded ? 0n : goodsTax)),
    taxWithoutShipping: money(goodsTax),
    taxIncluded: isIncluded,
    quotes: offers.map(({ quoteId, methodKey, title, price, expireTime }, index) => {
      const tax = goodsTax + taxTotal(taxes.shipping[index] ?? [])
      return {
        shippingQuoteId: quoteId,
        methodKey,
        title,
        ...(price && { price }),
        tax: money(tax),
        total: money(amountCents + (price?.amountCents ?? 0n) + (isIncluded ? 0n : tax)),
        ...(expireTime && { expireTime }),
      }
    }),
  })
}

/** The goods of a cart as far as their delivery and their taxes are priced. */
function goodsOf(cart: Cart) {
  return cart.items.flatMap(({ planKey, unitPrice, quantity, ...item }) => {
    if (planKey !== '' || unitPrice === undefined) return []
    const { weightGrams, requiresShipping, taxCategory } = item
    const unitMinor = unitPrice.amountCents
    return [
      {
        ...fromProtoDimensions(item),
        quantity: Number(quantity),
        unitMinor,
        weightGrams,
        requiresShipping,
        taxCategory,
      },
    ]
  })
}

async function offersOf(
  ctx: OrderContext,
  tenant: string,
  cart: Cart,
  { goods, address }: { goods: ReturnType<typeof goodsOf>; address: Address },
) {
  const { currency } = cart
  const consignment = consignmentOf(goods, cart.discount?.amountCents ?? 0n, currency)
  if (consignment === undefined) return []
  const { quotes } = await ctx.clients.shipping.quoteShipping(
    { tenant, currency, address, ...consignment },
    asCheckout(ctx, tenant),
  )
  return quotes
}
