import { assert } from '@purser/kernel'
import type { OrderContext } from '../context.ts'
import type { Checkout, CheckoutFacts } from '../domain/checkout.ts'
import { priceCheckout } from '../domain/price-checkout.ts'
import { asCheckout } from './call-as-checkout.ts'
import { refused } from './refusal.ts'
import { shippingLines, shippingSubtotal } from './shipping-lines.ts'
import type { StepResult } from './step-result.ts'

/**
 * Holds the price of delivery, and refuses unless the total is what the shopper saw: from here on it
 * is what is charged and what the order says.
 */
export async function confirmShipping(
  ctx: OrderContext,
  tenant: string,
  checkout: Checkout,
): Promise<StepResult> {
  const { facts, request } = checkout
  assert(request, 'a checkout that runs has its request')
  const needsDelivery = (facts.goods ?? []).some(({ weightGrams }) => weightGrams > 0)
  if (needsDelivery && request.shippingQuoteId === '') {
    return refused('order.shipping_missing', 'The goods have to be delivered: choose a quote.')
  }
  const shipping = await confirmQuote(ctx, tenant, checkout)
  const totals = priceCheckout(facts, shipping?.priceMinor ?? 0n)
  const { expectedTotalMinor } = request
  if (totals === undefined || totals.totalMinor !== expectedTotalMinor) {
    const now = totals?.totalMinor
    return refused('order.price_changed', 'The total is no longer what was shown.', {
      currency: facts.currency,
      expected_cents: expectedTotalMinor.toString(),
      ...(now === undefined ? {} : { total_cents: now.toString() }),
    })
  }
  return { kind: 'done', facts: { totals, ...(shipping && { shipping }) } }
}

async function confirmQuote(
  ctx: OrderContext,
  tenant: string,
  { facts, request, orderId }: Checkout,
): Promise<CheckoutFacts['shipping']> {
  const { goods = [], currency, discountMinor } = facts
  if (!request?.shippingQuoteId || goods.length === 0) return undefined
  const { lines, ...place } = request.contact.shippingAddress
  const quote = await ctx.clients.shipping.confirmQuote(
    {
      tenant,
      currency,
      address: { lines: [...lines], ...place },
      lines: shippingLines(goods, currency),
      subtotal: { amountCents: shippingSubtotal(goods, discountMinor), currency },
      quoteId: request.shippingQuoteId,
      orderId,
    },
    asCheckout(ctx, tenant),
  )
  const { methodKey, title, price } = quote
  assert(price?.currency === currency, 'a quote is in the currency that was asked for')
  return { methodKey, title, priceMinor: price.amountCents }
}
