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
import { asCheckout } from '../checkout/call-as-checkout.ts'
import { guestOf, type Owner, shopperOf } from '../checkout/owner.ts'
import { readCart } from '../checkout/read-cart.ts'
import { shippingLines, shippingSubtotal } from '../checkout/shipping-lines.ts'
import type { OrderContext } from '../context.ts'

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
  const offers = await offersOf(ctx, tenant, cart, shippingAddress)
  return create(QuoteCheckoutResponseSchema, {
    totalWithoutShipping: cart.total,
    quotes: offers.map(({ quoteId, methodKey, title, price, expireTime }) => ({
      shippingQuoteId: quoteId,
      methodKey,
      title,
      ...(price && { price }),
      total: { amountCents: amountCents + (price?.amountCents ?? 0n), currency },
      ...(expireTime && { expireTime }),
    })),
  })
}

async function offersOf(ctx: OrderContext, tenant: string, cart: Cart, address: Address) {
  const goods = cart.items.flatMap(({ planKey, unitPrice, quantity, weightGrams }) =>
    planKey === '' && unitPrice
      ? [{ quantity: Number(quantity), weightGrams, unitMinor: unitPrice.amountCents }]
      : [],
  )
  if (goods.length === 0) return []
  const { currency } = cart
  const discountMinor = cart.discount?.amountCents ?? 0n
  const subtotal = { amountCents: shippingSubtotal(goods, discountMinor), currency }
  const lines = shippingLines(goods, currency)
  const { quotes } = await ctx.clients.shipping.quoteShipping(
    { tenant, currency, address, lines, subtotal },
    asCheckout(ctx, tenant),
  )
  return quotes
}
