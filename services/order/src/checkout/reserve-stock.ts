import { fromProtoDimensions, toProtoTimestamp } from '@purser/rpc'
import type { OrderContext } from '../context.ts'
import type { Checkout } from '../domain/checkout.ts'
import { reservationEnd } from '../domain/checkout-clock.ts'
import { asCheckout } from './call-as-checkout.ts'
import { definiteRefusal } from './refusal.ts'
import type { StepResult, UndoResult } from './step-result.ts'

/** Prices and reserves the goods, all or nothing, under the checkout's id. */
export async function reserveStock(
  ctx: OrderContext,
  tenant: string,
  checkout: Checkout,
): Promise<StepResult> {
  const { checkoutId, facts } = checkout
  const lines = facts.lines.flatMap(({ kind, itemId, quantity }) =>
    kind === 'goods' ? [{ variantId: itemId, quantity: BigInt(quantity) }] : [],
  )
  const request = { tenant, reservationId: checkoutId, currency: facts.currency, lines }
  const expireTime = toProtoTimestamp(reservationEnd(checkout))
  const reserved = await ctx.clients.catalog.reserveStock(
    { ...request, expireTime },
    asCheckout(ctx, tenant),
  )
  const goods = reserved.lines.map((line) => ({
    itemId: line.variantId,
    productId: line.productId,
    sku: line.sku,
    title: line.title,
    variantTitle: line.variantTitle,
    slug: line.slug,
    imageUrl: line.imageUrl,
    quantity: Number(line.quantity),
    unitMinor: line.unitPrice?.amountCents ?? 0n,
    weightGrams: line.weightGrams,
    requiresShipping: line.requiresShipping,
    ...fromProtoDimensions(line),
    taxCategory: line.taxCategory,
  }))
  return { kind: 'done', facts: { goods } }
}

/** Gives back what is reserved, also what a call that is still on its way would reserve. */
export async function releaseStock(
  ctx: OrderContext,
  tenant: string,
  { checkoutId: reservationId }: Checkout,
): Promise<UndoResult> {
  await ctx.clients.catalog.releaseReservation({ tenant, reservationId }, asCheckout(ctx, tenant))
  return { kind: 'done' }
}

/** Sells the reserved goods to the order. What expired while the payment took its time is gone. */
export async function commitStock(
  ctx: OrderContext,
  tenant: string,
  { checkoutId: reservationId, orderId }: Checkout,
): Promise<StepResult> {
  const request = { tenant, reservationId, orderId }
  try {
    await ctx.clients.catalog.commitReservation(request, asCheckout(ctx, tenant))
    return { kind: 'done' }
  } catch (error) {
    const refusal = definiteRefusal(error)
    if (refusal?.code !== 'catalog.reservation_ended') throw error
    return {
      kind: 'refused',
      failure: {
        code: 'catalog.out_of_stock',
        message: 'The goods were kept until the payment was over; the money goes back.',
        fields: [],
        details: {},
      },
      inDoubt: false,
    }
  }
}
