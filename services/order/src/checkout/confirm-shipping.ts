import { assert } from '@purser/kernel'
import type { OrderContext } from '../context.ts'
import type { Checkout, CheckoutFacts } from '../domain/checkout.ts'
import { priceCheckout, taxableGoods } from '../domain/price-checkout.ts'
import type { CheckoutTaxes } from '../domain/tax.ts'
import { calculateTax, placeOf } from './calculate-tax.ts'
import { asCheckout } from './call-as-checkout.ts'
import { refused } from './refusal.ts'
import { shippingLines, shippingSubtotal } from './shipping-lines.ts'
import type { StepResult } from './step-result.ts'

/**
 * Holds the price of delivery, has taxes computed, and refuses unless the total is what the shopper saw: from here on it
 * is what is charged and what the order says. What replaces other goods is delivered as they were, for
 * nothing, and its total is judged by the step `hold_order`.
 */
export async function confirmShipping(
  ctx: OrderContext,
  tenant: string,
  checkout: Checkout,
): Promise<StepResult> {
  const { facts, request } = checkout
  assert(request, 'a checkout that runs has its request')
  const isExchange = facts.exchange !== undefined
  const needsDelivery =
    !isExchange && (facts.goods ?? []).some(({ weightGrams }) => weightGrams > 0)
  if (needsDelivery && request.shippingQuoteId === '') {
    return refused('order.shipping_missing', 'The goods have to be delivered: choose a quote.')
  }
  const shipping = isExchange ? facts.shipping : await confirmQuote(ctx, tenant, checkout)
  const taxes = await taxesOf(ctx, tenant, checkout, shipping)
  const totals = taxes && priceCheckout(facts, shipping?.priceMinor ?? 0n, taxes)
  const { expectedTotalMinor } = request
  if (totals === undefined || (!isExchange && totals.totalMinor !== expectedTotalMinor)) {
    const now = totals?.totalMinor
    return refused('order.price_changed', 'The total is no longer what was shown.', {
      currency: facts.currency,
      expected_cents: expectedTotalMinor.toString(),
      ...(now === undefined ? {} : { total_cents: now.toString() }),
    })
  }
  return { kind: 'done', facts: { totals, taxes, ...(shipping && { shipping }) } }
}

/** The taxes of goods and delivery; undefined when the discount is more than the goods cost by now. */
async function taxesOf(
  ctx: OrderContext,
  tenant: string,
  { facts, request }: Checkout,
  shipping: CheckoutFacts['shipping'],
): Promise<CheckoutTaxes | undefined> {
  const goods = taxableGoods(facts)
  if (goods === undefined || request === undefined) return undefined
  const { currency } = facts
  const shippingMinor = shipping ? [shipping.priceMinor] : []
  const taxable = { currency, place: placeOf(request.contact), goods, shippingMinor }
  const taxes = await calculateTax(ctx, tenant, taxable)
  return { ...taxes, shipping: taxes.shipping[0] ?? [] }
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
