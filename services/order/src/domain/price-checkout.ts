import type { CartLine, CheckoutFacts, PricedGoods } from './checkout.ts'
import { type OrderLine, paidOfLines, type Totals } from './order.ts'
import { type CheckoutTaxes, taxTotal, UNTAXED } from './tax.ts'

/** What is taxed of goods, in minor units. */
export type TaxableGoods = { amountMinor: bigint; taxCategory: string }

/**
 * What is taxed of the goods of a checkout: their prices with the discount shared out. Undefined when the discount is
 * more than the goods cost by now.
 */
export function taxableGoods({
  goods = [],
  discountMinor,
}: {
  goods?: readonly Pick<PricedGoods, 'unitMinor' | 'quantity' | 'taxCategory'>[]
  discountMinor: bigint
}): TaxableGoods[] | undefined {
  const prices = goods.map(({ unitMinor, quantity }) => unitMinor * BigInt(quantity))
  if (discountMinor > prices.reduce((total, price) => total + price, 0n)) return undefined
  const paid = paidOfLines(prices, discountMinor)
  return goods.map(({ taxCategory }, index) => {
    return { amountMinor: paid[index] ?? 0n, taxCategory }
  })
}

/**
 * What a checkout charges: goods, their delivery, and taxes. A plan costs nothing here, since the invoices of its
 * subscription bill it, from its first period on.
 */
export function priceCheckout(
  { goods = [], discountMinor }: CheckoutFacts,
  shippingMinor: bigint,
  taxes: CheckoutTaxes,
): Totals {
  const itemsMinor = goods.reduce(
    (total, { unitMinor, quantity }) => total + unitMinor * BigInt(quantity),
    0n,
  )
  const taxMinor = taxTotal([...taxes.goods.flat(), ...taxes.shipping])
  const { isIncluded: taxIncluded } = taxes
  const addedMinor = taxIncluded ? 0n : taxMinor
  const totalMinor = itemsMinor - discountMinor + shippingMinor + addedMinor
  return { itemsMinor, discountMinor, shippingMinor, taxMinor, taxIncluded, totalMinor }
}

/** The lines of the order that a checkout makes: goods as they were reserved, then plans. */
export function linesOfOrder(facts: CheckoutFacts): OrderLine[] {
  const { goods = [], lines, discountMinor, subscriptions = {}, taxes = UNTAXED } = facts
  const paid = paidOfLines(
    goods.map(({ unitMinor, quantity }) => unitMinor * BigInt(quantity)),
    discountMinor,
  )
  const ofGoods = goods.map((line, index) => {
    const paidMinor = paid[index] ?? 0n
    const own = taxes.goods[index] ?? []
    return {
      ...line,
      kind: 'goods' as const,
      paidMinor,
      taxes: own,
      chargedMinor: paidMinor + (taxes.isIncluded ? 0n : taxTotal(own)),
      subscriptionId: '',
    }
  })
  const ofPlans = lines.filter(isPlan).map(({ itemId, title, quantity, unitMinor }) => ({
    kind: 'plan' as const,
    itemId,
    title,
    quantity,
    unitMinor,
    paidMinor: 0n,
    taxes: [],
    chargedMinor: 0n,
    subscriptionId: subscriptions[itemId] ?? '',
    productId: '',
    sku: '',
    variantTitle: '',
    slug: '',
    imageUrl: '',
    weightGrams: 0,
    requiresShipping: false,
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
