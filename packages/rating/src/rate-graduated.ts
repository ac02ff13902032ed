import { Decimal } from '@purser/kernel'
import { type BillableRange, priced } from './billable-quantity.ts'
import type { RatingPolicy } from './policy.ts'
import type { GraduatedPrice, Tier } from './price.ts'
import { opensPeriod, type RatedTier, type SlicePosition } from './rating.ts'

/**
 * Each tier prices only the units that fall in it (conformance model `graduated`).
 *
 * A slice costs what its period has cost up to the slice's end less what it had cost at its start, tier by
 * tier: so slices add up, a flat amount is billed once, and a cap holds over the period. A tier is reached by
 * the first unit above its lower bound. The first tier is reached when its period opens if the policy
 * charges its flat amount without usage, otherwise by the first unit as well.
 */
export function rateGraduated(
  price: GraduatedPrice,
  { from, to }: BillableRange,
  position: SlicePosition,
  policy: RatingPolicy,
): RatedTier[] {
  const owedFromTheStart = policy.zeroUsageFirstTierFlat === 'charged'
  const breakdown: RatedTier[] = []
  let lower = Decimal.zero
  for (const [index, tier] of price.tiers.entries()) {
    const alreadyReached = index === 0 && owedFromTheStart
    const before = costAt(price, tier, lower, from, alreadyReached && !opensPeriod(position))
    const after = costAt(price, tier, lower, to, alreadyReached)
    const quantity = after.units.minus(before.units)
    const flatAmount = after.reached && !before.reached ? tier.flatAmount : Decimal.zero
    if (!quantity.isZero() || !flatAmount.isZero()) {
      const amount = after.amount.minus(before.amount)
      breakdown.push({ tier: index + 1, quantity, unitAmount: tier.unitAmount, flatAmount, amount })
    }
    if (tier.upTo === null || tier.upTo.gte(to)) break
    lower = tier.upTo
  }
  return breakdown
}

/** What the tier has cost when the period's running total is `total`. */
function costAt(
  price: GraduatedPrice,
  tier: Tier,
  lower: Decimal,
  total: Decimal,
  reachedAlready: boolean,
): { units: Decimal; reached: boolean; amount: Decimal } {
  const reached = reachedAlready || total.gt(lower)
  if (!reached) return { units: Decimal.zero, reached, amount: Decimal.zero }
  const upper = tier.upTo === null ? total : Decimal.min(total, tier.upTo)
  const units = Decimal.max(upper.minus(lower), Decimal.zero)
  const amount = priced(price, units, tier.unitAmount).plus(tier.flatAmount)
  return { units, reached, amount: tier.cap ? Decimal.min(amount, tier.cap) : amount }
}
