import type { RoundingMode } from '@purser/kernel'

/**
 * The choices on which billing systems differ, as data. An invoice is stamped with the name of its policy,
 * so it re-derives years later. A published policy never changes: a new choice is a new name.
 *
 * Sources: the `policies` of the conformance suite, named on each field.
 */
export type RatingPolicy = {
  version: 1
  /** How an amount is brought to the minor unit, once per line (`rounding:half_away_from_zero`). */
  rounding: RoundingMode
  /**
   * Whether the flat amount of the first tier is owed without any usage
   * (`zero_usage_first_tier_flat:charged`, as Stripe, Lago and OpenMeter do).
   */
  zeroUsageFirstTierFlat: 'charged' | 'not_charged'
  /**
   * `floor_zero`: a negative quantity bills as zero (`negative_usage:floor_zero`). `credit`: it is priced on
   * its absolute value and given back (`negative_usage:priced_on_absolute_value`).
   */
  negativeUsage: 'floor_zero' | 'credit'
  /**
   * `prepended_tier_cliff`: free units of a volume price are a free first tier, and above it all units are
   * charged, as in any volume tier (`volume_free_quantity:prepended_tier_cliff`). `deducted`: they are taken
   * off first, as for the other models.
   */
  volumeFreeQuantity: 'prepended_tier_cliff' | 'deducted'
  /** Lines are rounded first, the subtotal is their sum (`subtotal:sum_of_rounded_lines`). */
  subtotal: 'sum_of_rounded_lines'
}

/** Every policy an invoice can be stamped with. */
export const ratingPolicies = {
  standard_v1: {
    version: 1,
    rounding: 'half_away_from_zero',
    zeroUsageFirstTierFlat: 'charged',
    negativeUsage: 'floor_zero',
    volumeFreeQuantity: 'prepended_tier_cliff',
    subtotal: 'sum_of_rounded_lines',
  },
} as const satisfies Record<string, RatingPolicy>

/** The policy of that name, or undefined: for names read from an invoice. */
export function findRatingPolicy(name: string): RatingPolicy | undefined {
  return Object.hasOwn(ratingPolicies, name)
    ? ratingPolicies[name as keyof typeof ratingPolicies]
    : undefined
}
