import { Decimal, assert } from '@purser/kernel'
import { priced } from './billable-quantity.ts'
import type { RatingPolicy } from './policy.ts'
import type { Tier, VolumePrice } from './price.ts'
import { closesPeriod, type RatedTier, type SlicePosition } from './rating.ts'

/**
 * The one tier that contains the quantity of the whole period prices all of it, and its flat amount is added
 * (conformance model `volume`). No slice before the last is billed, since the tier is not known before
 * (conformance policy `volume_split_period:billed_in_last_slice`).
 *
 * `total` is the period's quantity; `tierQuantity` selects the tier. Both are settled, free units included.
 */
export function rateVolume(
  price: VolumePrice,
  { total, tierQuantity }: { total: Decimal; tierQuantity: Decimal },
  position: SlicePosition,
  policy: RatingPolicy,
): RatedTier[] {
  if (!closesPeriod(position)) return []
  const free = price.freeQuantity ?? Decimal.zero
  const { tier, number } = tierOf(price, tierQuantity, free)
  if (tier === 'free') return []

  const deducted =
    policy.volumeFreeQuantity === 'deducted' ? Decimal.min(free, total) : Decimal.zero
  const quantity = total.minus(deducted)
  const owesFlat = !total.isZero() || policy.zeroUsageFirstTierFlat === 'charged'
  const flatAmount = owesFlat ? tier.flatAmount : Decimal.zero
  if (quantity.isZero() && flatAmount.isZero()) return []
  const uncapped = priced(price, quantity, tier.unitAmount).plus(flatAmount)
  const amount = tier.cap ? Decimal.min(uncapped, tier.cap) : uncapped
  return [{ tier: number, quantity, unitAmount: tier.unitAmount, flatAmount, amount }]
}

/** The tier that contains `quantity`. Free units are a tier before the first and move the bounds up. */
function tierOf(
  price: VolumePrice,
  quantity: Decimal,
  free: Decimal,
): { tier: Tier | 'free'; number: number } {
  if (!free.isZero() && quantity.lte(free)) return { tier: 'free', number: 0 }
  const index = price.tiers.findIndex(({ upTo }) => upTo === null || quantity.lte(upTo.plus(free)))
  const tier = price.tiers[index]
  assert(tier, 'the last tier of a volume price is open')
  return { tier, number: index + 1 }
}
