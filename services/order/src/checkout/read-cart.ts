import type { Cart } from '@purser/contracts/cart/v1/contents'
import { assert, PurserError } from '@purser/kernel'
import type { OrderContext } from '../context.ts'
import type { CartLine, CheckoutFacts } from '../domain/checkout.ts'
import { asCheckout } from './call-as-checkout.ts'
import type { Owner } from './owner.ts'

/** A cart as it would be ordered. Throws `resource.not_found`, `cart.not_open`. */
export async function readCart(
  ctx: OrderContext,
  tenant: string,
  cartId: string,
  { userId, cartToken }: Owner,
): Promise<Cart> {
  const request = { tenant, cartId, cartToken, userId }
  const { cart } = await ctx.clients.cart.readCart(request, asCheckout(ctx, tenant))
  assert(cart, 'a cart that is read is answered')
  return cart
}

/** What a checkout begins with. Throws `order.cart_empty`, and `cart.not_open` for what cannot be bought. */
export function factsOf(cart: Cart): CheckoutFacts {
  if (cart.items.length === 0) throw new PurserError('order.cart_empty', 'The cart is empty.')
  const discountMinor = cart.discount?.amountCents ?? 0n
  return {
    currency: cart.currency,
    lines: cart.items.map(lineOf),
    discountMinor,
    couponCode: discountMinor > 0n ? (cart.coupon?.code ?? '') : '',
  }
}

function lineOf(item: Cart['items'][number]): CartLine {
  const quantity = Number(item.quantity)
  if (item.planKey === '') return { kind: 'goods', itemId: item.variantId, quantity }
  const unitMinor = item.unitPrice?.amountCents
  if (unitMinor === undefined) {
    throw new PurserError('subscription.plan_unavailable', 'A plan in the cart is not sold.')
  }
  const { planKey: itemId, planVersion: version, title } = item
  return { kind: 'plan', itemId, quantity, version, title, unitMinor }
}
