import type { OrderContext } from '../context.ts'
import type { Checkout } from '../domain/checkout.ts'
import { asCheckout } from './call-as-checkout.ts'
import type { StepResult, UndoResult } from './step-result.ts'

/** Closes the cart at the version that was read, and counts its coupon. */
export async function closeCart(
  ctx: OrderContext,
  tenant: string,
  { cartId, cartVersion: version, orderId, facts: { couponCode } }: Checkout,
): Promise<StepResult> {
  const request = { tenant, cartId, version, orderId, couponCode }
  await ctx.clients.cart.closeCart(request, asCheckout(ctx, tenant))
  return { kind: 'done' }
}

/** Opens the cart again, also when a call that is still on its way would close it. */
export async function reopenCart(
  ctx: OrderContext,
  tenant: string,
  { cartId, orderId }: Checkout,
): Promise<UndoResult> {
  await ctx.clients.cart.reopenCart({ tenant, cartId, orderId }, asCheckout(ctx, tenant))
  return { kind: 'done' }
}
