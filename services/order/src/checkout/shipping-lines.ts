import type { PricedGoods } from '../domain/checkout.ts'

/** Goods as the shipping service compares them with a quote. */
export function shippingLines(
  goods: readonly Pick<PricedGoods, 'quantity' | 'weightGrams' | 'unitMinor'>[],
  currency: string,
) {
  return goods.map(({ quantity, weightGrams, unitMinor }) => ({
    quantity: BigInt(quantity),
    weightGrams: BigInt(weightGrams),
    amount: { amountCents: unitMinor * BigInt(quantity), currency },
  }))
}

/** What thresholds such as free shipping are compared with, in minor units. */
export function shippingSubtotal(
  goods: readonly Pick<PricedGoods, 'quantity' | 'unitMinor'>[],
  discountMinor: bigint,
): bigint {
  const sum = goods.reduce((total, line) => total + line.unitMinor * BigInt(line.quantity), 0n)
  return sum > discountMinor ? sum - discountMinor : 0n
}
