import type { CartLine, CheckoutFacts } from './checkout.ts'
import { type OrderLine, paidOfLines, type Totals } from './order.ts'

/**
 * What a checkout charges: goods and their delivery. A plan costs nothing here, since the invoices of its subscription
 * bill it, from its first period on. Undefined when the discount is more than the goods cost by now.
 */
export function priceCheckout(facts: CheckoutFacts, shippingMinor: bigint): Totals | undefined {
  const { goods = [], discountMinor } = facts
  const itemsMinor = goods.reduce(
    (total, { unitMinor, quantity }) => total + unitMinor * BigInt(quantity),
    0n,
  )
  if (discountMinor > itemsMinor) return undefined
  const totalMinor = itemsMinor - discountMinor + shippingMinor
  return { itemsMinor, discountMinor, shippingMinor, totalMinor }
}

/** The lines of the order that a checkout makes: goods as they were reserved, then plans. */
export function linesOfOrder(facts: CheckoutFacts): OrderLine[] {
  const { goods = [], lines, discountMinor, subscriptions = {} } = facts
  const paid = paidOfLines(
    goods.map(({ unitMinor, quantity }) => unitMinor * BigInt(quantity)),
    discountMinor,
  )
  const ofGoods = goods.map((line, index) => ({
    ...line,
    kind: 'goods' as const,
    paidMinor: paid[index] ?? 0n,
    subscriptionId: '',
  }))
  const ofPlans = lines.filter(isPlan).map(({ itemId, title, quantity, unitMinor }) => ({
    kind: 'plan' as const,
    itemId,
    title,
    quantity,
    unitMinor,
    paidMinor: 0n,
    subscriptionId: subscriptions[itemId] ?? '',
    productId: '',
    sku: '',
    variantTitle: '',
    slug: '',
    imageUrl: '',
    weightGrams: 0,
    taxCategory: '',
  }))
  return [...ofGoods, ...ofPlans].map((line, index) => ({
    ...line,
    lineNumber: index + 1,
    shippedQuantity: 0,
    deliveredQuantity: 0,
    returnedQuantity: 0,
  }))
}

/** Whether a line of a cart is a plan. */
export function isPlan(line: CartLine): line is Extract<CartLine, { kind: 'plan' }> {
  return line.kind === 'plan'
}
