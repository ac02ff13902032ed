import { Decimal } from '@purser/kernel'
import type { FlatPrice } from './price.ts'
import { closesPeriod, opensPeriod, type RatedTier, type SlicePosition } from './rating.ts'

/**
 * The amount once per period: in its first slice when billed in advance, in its last when in arrears
 * (conformance policy `split_period_flat:billed_once`).
 */
export function rateFlat(price: FlatPrice, position: SlicePosition): RatedTier[] {
  const due = price.paymentTerm === 'in_arrears' ? closesPeriod(position) : opensPeriod(position)
  if (!due) return []
  return [
    {
      tier: 1,
      quantity: Decimal.one,
      unitAmount: price.amount,
      flatAmount: Decimal.zero,
      amount: price.amount,
    },
  ]
}
