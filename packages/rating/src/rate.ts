import { assert, Decimal, unreachable } from '@purser/kernel'
import { billableRange, settled } from './billable-quantity.ts'
import { type RatingPolicy, ratingPolicies } from './policy.ts'
import type { Price } from './price.ts'
import { rateFlat } from './rate-flat.ts'
import { rateGraduated } from './rate-graduated.ts'
import { ratePackage } from './rate-package.ts'
import { ratePerUnit } from './rate-per-unit.ts'
import { rateVolume } from './rate-volume.ts'
import { grossOf, type RatedTier, type Rating, type Usage } from './rating.ts'
import { applySpendTerms } from './spend-terms.ts'

type Slice = Required<Omit<Usage, 'tierQuantity'>> & { tierQuantity: Decimal | undefined }

/**
 * Prices one slice of a period, exactly and without rounding; `roundAmount` makes the money of it. Pure: the
 * same price, usage and policy give the same rating on any machine, at any time. The price must be one that
 * `validatePrice` accepts. Amounts are in major units of the price's currency.
 */
export function rate(
  price: Price,
  usage: Usage,
  policy: RatingPolicy = ratingPolicies.standard_v1,
): Rating {
  const slice: Slice = {
    quantity: usage.quantity,
    priorQuantity: usage.priorQuantity ?? Decimal.zero,
    priorBilledAmount: usage.priorBilledAmount ?? Decimal.zero,
    position: usage.position ?? 'whole_period',
    tierQuantity: usage.tierQuantity,
  }
  assert(!slice.priorQuantity.isNegative(), 'a prior quantity is zero or more')
  const breakdown = slice.quantity.isNegative()
    ? rateNegative(price, slice, policy)
    : rateSlice(price, slice, policy)
  const gross = grossOf(breakdown)
  return { gross, breakdown, ...applySpendTerms(price, gross, slice) }
}

function rateSlice(price: Price, slice: Slice, policy: RatingPolicy): RatedTier[] {
  const { quantity, priorQuantity, position } = slice
  switch (price.model) {
    case 'flat':
      return rateFlat(price, position)
    case 'per_unit':
      return ratePerUnit(price, billableRange(price, priorQuantity, quantity))
    case 'graduated':
      return rateGraduated(price, billableRange(price, priorQuantity, quantity), position, policy)
    case 'volume': {
      const total = settled(price, priorQuantity.plus(quantity))
      const tierQuantity = slice.tierQuantity ? settled(price, slice.tierQuantity) : total
      return rateVolume(price, { total, tierQuantity }, position, policy)
    }
    case 'package':
      return ratePackage(price, billableRange(price, priorQuantity, quantity))
    default:
      return unreachable(price)
  }
}

/**
 * A negative quantity bills as none, or gives back what the last units of the period cost: those from which
 * the correction takes away, or as many from zero where the period has none.
 */
function rateNegative(price: Price, slice: Slice, policy: RatingPolicy): RatedTier[] {
  if (policy.negativeUsage === 'floor_zero' || price.model === 'flat') {
    return rateSlice(price, { ...slice, quantity: Decimal.zero }, policy)
  }
  const quantity = slice.quantity.abs()
  const priorQuantity = Decimal.max(slice.priorQuantity.minus(quantity), Decimal.zero)
  return rateSlice(price, { ...slice, quantity, priorQuantity }, policy).map((tier) => ({
    ...tier,
    quantity: tier.quantity.negate(),
    flatAmount: tier.flatAmount.negate(),
    amount: tier.amount.negate(),
  }))
}
