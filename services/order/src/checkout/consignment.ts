import type { PricedGoods } from '../domain/checkout.ts'
import { paidOfLines } from '../domain/order.ts'

/** Goods as far as their delivery is priced. */
type Goods = Pick<
  PricedGoods,
  'quantity' | 'weightGrams' | 'dimensions' | 'unitMinor' | 'requiresShipping'
>

/**
 * What of the goods has to be delivered, as the shipping service compares it with a quote; undefined when nothing has to.
 * The subtotal, which thresholds such as free shipping are compared with, is what is paid for that alone, its share of the
 * discount taken off: a gift card delivers nothing for free.
 */
export function consignmentOf(goods: readonly Goods[], discountMinor: bigint, currency: string) {
  const prices = goods.map(({ unitMinor, quantity }) => unitMinor * BigInt(quantity))
  const sum = prices.reduce((total, price) => total + price, 0n)
  const paid = paidOfLines(prices, discountMinor < sum ? discountMinor : sum)
  const parts = goods.flatMap((line, index) =>
    line.requiresShipping
      ? [{ ...line, priceMinor: prices[index] ?? 0n, paidMinor: paid[index] ?? 0n }]
      : [],
  )
  if (parts.length === 0) return undefined
  const lines = parts.map(({ quantity, weightGrams, dimensions, priceMinor }) => ({
    quantity: BigInt(quantity),
    weightGrams: BigInt(weightGrams),
    ...(dimensions && { dimensions }),
    amount: { amountCents: priceMinor, currency },
  }))
  const subtotalMinor = parts.reduce((total, { paidMinor }) => total + paidMinor, 0n)
  return { lines, subtotal: { amountCents: subtotalMinor, currency } }
}
