import { Decimal } from '@purser/kernel'
import type { SpendTerms } from './price.ts'
import { closesPeriod, type RatedAdjustment, type SlicePosition } from './rating.ts'

const hundredth = Decimal.parse('0.01')

/**
 * Discount, maximum and minimum on the slice's gross amount, in this order; see `SpendTerms`. The maximum and
 * the minimum bound what the whole period costs, `priorBilledAmount` included; a slice itself is never brought
 * below zero by the maximum.
 */
export function applySpendTerms(
  terms: SpendTerms,
  gross: Decimal,
  { priorBilledAmount, position }: { priorBilledAmount: Decimal; position: SlicePosition },
): { amount: Decimal; adjustments: RatedAdjustment[] } {
  const adjustments: RatedAdjustment[] = []
  let amount = gross
  const adjust = (kind: RatedAdjustment['kind'], by: Decimal) => {
    if (by.isZero()) return
    adjustments.push({ kind, amount: by })
    amount = amount.plus(by)
  }

  if (terms.percentageDiscount) {
    adjust('percentage_discount', gross.times(terms.percentageDiscount).times(hundredth).negate())
  }
  if (terms.maximumSpend) {
    const room = Decimal.max(terms.maximumSpend.minus(priorBilledAmount), Decimal.zero)
    if (amount.gt(room)) adjust('maximum_spend_discount', room.minus(amount))
  }
  if (terms.minimumSpend && closesPeriod(position)) {
    const missing = terms.minimumSpend.minus(priorBilledAmount.plus(amount))
    if (missing.sign() > 0) adjust('minimum_spend_top_up', missing)
  }
  return { amount, adjustments }
}
