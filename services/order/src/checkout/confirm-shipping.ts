import { assert } from '@purser/kernel'
import type { OrderContext } from '../context.ts'
import type { Checkout, CheckoutFacts } from '../domain/checkout.ts'
import type { Totals } from '../domain/order.ts'
import { priceCheckout, taxableGoods } from '../domain/price-checkout.ts'
import type { CheckoutTaxes } from '../domain/tax.ts'
import { calculateTax, placeOf } from './calculate-tax.ts'
import { asCheckout } from './call-as-checkout.ts'
import { consignmentOf } from './consignment.ts'
import { definiteRefusal, refused } from './refusal.ts'
import type { StepResult } from './step-result.ts'

/**
 * Holds the price of delivery of what has to be delivered, has taxes computed, and refuses unless the total is what the
 * shopper saw: from here on it is what is charged and what the order says. What replaces other goods is delivered as they
 * were, for nothing, and its total is judged by the step `hold_order`.
 */
export async function confirmShipping(
  ctx: OrderContext,
  tenant: string,
  checkout: Checkout,
): Promise<StepResult> {
  const { facts, request } = checkout
  assert(request, 'a checkout that runs has its request')
  if (facts.exchange !== undefined) return await keepDelivery(ctx, tenant, checkout)
  const { goods = [], discountMinor, currency } = facts
  const consignment = consignmentOf(goods, discountMinor, currency)
  if (consignment && request.shippingQuoteId === '') {
    return refused('order.shipping_missing', 'The goods have to be delivered: choose a quote.')
  }
  let shipping: CheckoutFacts['shipping']
  try {
    shipping = consignment && (await confirmQuote(ctx, tenant, checkout, consignment))
  } catch (error) {
    return await explainMismatch(ctx, tenant, checkout, error)
  }
  const priced = await priceOf(ctx, tenant, checkout, shipping?.priceMinor)
  if (priced?.totals.totalMinor !== request.expectedTotalMinor) {
    return totalChanged(checkout, priced?.totals)
  }
  return { kind: 'done', facts: { ...priced, ...(shipping && { shipping }) } }
}

/** A replacement goes the way that the goods went which it replaces; what had none is not replaced by what has to be sent. */
async function keepDelivery(
  ctx: OrderContext,
  tenant: string,
  checkout: Checkout,
): Promise<StepResult> {
  const { shipping, goods = [] } = checkout.facts
  if (!shipping?.methodKey && goods.some(({ requiresShipping }) => requiresShipping)) {
    const message = 'The order went without delivery: what has to be sent is ordered on its own.'
    return refused('order.not_exchangeable', message)
  }
  const priced = await priceOf(ctx, tenant, checkout, shipping?.priceMinor)
  return priced ? { kind: 'done', facts: priced } : totalChanged(checkout)
}

/**
 * What a checkout comes to with delivery at this price, undefined for none; undefined when the discount is more than the
 * goods cost by now.
 */
async function priceOf(
  ctx: OrderContext,
  tenant: string,
  { facts, request }: Checkout,
  priceMinor: bigint | undefined,
): Promise<{ totals: Totals; taxes: CheckoutTaxes } | undefined> {
  const goods = taxableGoods(facts)
  if (goods === undefined || request === undefined) return undefined
  const { currency } = facts
  const shippingMinor = priceMinor === undefined ? [] : [priceMinor]
  const taxable = { currency, place: placeOf(request.contact), goods, shippingMinor }
  const { shipping, ...ofGoods } = await calculateTax(ctx, tenant, taxable)
  const taxes = { ...ofGoods, shipping: shipping[0] ?? [] }
  return { totals: priceCheckout(facts, priceMinor ?? 0n, taxes), taxes }
}

function totalChanged({ facts, request }: Checkout, now?: Totals): StepResult {
  return refused('order.price_changed', 'The total is no longer what was shown.', {
    currency: facts.currency,
    expected_cents: String(request?.expectedTotalMinor),
    ...(now && { total_cents: now.totalMinor.toString() }),
  })
}

/**
 * A quote no longer fits goods whose price has changed: then the shopper is told about the total, delivery at the price of
 * the quote, and not about the quote. Throws the error when it tells all there is.
 */
async function explainMismatch(
  ctx: OrderContext,
  tenant: string,
  checkout: Checkout,
  error: unknown,
): Promise<StepResult> {
  const refusal = definiteRefusal(error)
  const quoted = refusal?.details['price_cents']
  if (refusal?.code !== 'shipping.quote_mismatch' || quoted === undefined) throw error
  const priced = await priceOf(ctx, tenant, checkout, BigInt(quoted))
  if (priced?.totals.totalMinor === checkout.request?.expectedTotalMinor) throw error
  return totalChanged(checkout, priced?.totals)
}

async function confirmQuote(
  ctx: OrderContext,
  tenant: string,
  { facts: { currency }, request, orderId }: Checkout,
  consignment: NonNullable<ReturnType<typeof consignmentOf>>,
): Promise<NonNullable<CheckoutFacts['shipping']>> {
  assert(request, 'a checkout that runs has its request')
  const { contact, shippingQuoteId: quoteId } = request
  const { lines, ...place } = contact.shippingAddress
  const address = { lines: [...lines], ...place }
  const quote = await ctx.clients.shipping.confirmQuote(
    { tenant, currency, address, ...consignment, quoteId, orderId },
    asCheckout(ctx, tenant),
  )
  const { methodKey, title, price } = quote
  assert(price?.currency === currency, 'a quote is in the currency that was asked for')
  return { methodKey, title, priceMinor: price.amountCents }
}
