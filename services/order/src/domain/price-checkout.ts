import type { CartLine, CheckoutFacts } from './checkout.ts'
import { type OrderLine, paidOfLines, type Totals } from './order.ts'

/** What a checkout costs; undefined when its discount is more than its goods cost by now. */
export function priceCheckout(facts: CheckoutFacts, shippingMinor: bigint): Totals | undefined {
  const { goods = [], lines, discountMinor } = facts
  const sum = (parts: readonly { unitMinor: bigint; quantity: number }[]) =>
    parts.reduce((total, part) => total + part.unitMinor * BigInt(part.quantity), 0n)
  const goodsMinor = sum(goods)
  if (discountMinor > goodsMinor) return undefined
  const itemsMinor = goodsMinor + sum(lines.filter(isPlan))
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
    paidMinor: unitMinor * BigInt(quantity),
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
