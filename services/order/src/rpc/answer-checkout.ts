import type { Checkout as ProtoCheckout } from '@purser/contracts/order/v1/checkout'
import { assert } from '@purser/kernel'
import { refusalOf } from '../checkout/refusal.ts'
import type { OrderContext } from '../context.ts'
import type { Checkout } from '../domain/checkout.ts'
import { findOrder } from '../store/order.ts'
import { toProtoCheckout } from './convert.ts'

/**
 * What a shopper is answered about a checkout: the order, or that it waits. Throws what it was
 * refused for, also while that is still being undone.
 */
export async function answerCheckout(
  ctx: OrderContext,
  tenant: string,
  checkout: Checkout,
): Promise<ProtoCheckout> {
  if (checkout.failure) throw refusalOf(checkout.failure)
  if (checkout.state !== 'done') return toProtoCheckout(checkout, undefined)
  const order = await ctx.db.tx(tenant, (tx) => findOrder(tx, tenant, checkout.orderId), {
    readOnly: true,
    isSingle: true,
  })
  assert(order, 'a checkout that is done has an order')
  return toProtoCheckout(checkout, order)
}
