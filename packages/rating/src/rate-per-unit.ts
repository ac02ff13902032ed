import { Decimal } from '@purser/kernel'
import { type BillableRange, priced } from './billable-quantity.ts'
import type { PerUnitPrice } from './price.ts'
import type { RatedTier } from './rating.ts'

/** Every unit of the range at the same price (conformance model `standard`). */
export function ratePerUnit(price: PerUnitPrice, { from, to }: BillableRange): RatedTier[] {
  const quantity = to.minus(from)
  if (quantity.isZero()) return []
  return [
    {
      tier: 1,
      quantity,
      unitAmount: price.unitAmount,
      flatAmount: Decimal.zero,
      amount: priced(price, quantity, price.unitAmount),
    },
  ]
}
