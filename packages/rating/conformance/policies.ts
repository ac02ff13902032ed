import { type RatingPolicy, ratingPolicies } from '../src/policy.ts'
import { UnsupportedCase } from './inputs.ts'

/**
 * The suite's named policies in terms of the engine's. An empty object: the engine always does so. A policy
 * that is missing here makes its case unsupported.
 */
const policies: Readonly<Record<string, Partial<RatingPolicy>>> = {
  'zero_usage_first_tier_flat:charged': { zeroUsageFirstTierFlat: 'charged' },
  'zero_usage_first_tier_flat:not_charged': { zeroUsageFirstTierFlat: 'not_charged' },
  'negative_usage:floor_zero': { negativeUsage: 'floor_zero' },
  'negative_usage:priced_on_absolute_value': { negativeUsage: 'credit' },
  'volume_free_quantity:prepended_tier_cliff': { volumeFreeQuantity: 'prepended_tier_cliff' },
  'rounding:half_away_from_zero': { rounding: 'half_away_from_zero' },
  'subtotal:sum_of_rounded_lines': { subtotal: 'sum_of_rounded_lines' },
  'minimum_spend:billed_in_last_slice_of_period': {},
  'split_period_flat:billed_once': {},
  'volume_split_period:billed_in_last_slice': {},
  'discount_order:percentage_then_max_spend': {},
  'split_rounding:each_slice': {},
  'conversion_order:convert,round,discount': {},
  'volume_tier_selected_by:full_units': {},
  'prorated_aggregation_rounding:ceil_5': {},
  'proration_denominator:days_of_the_calendar_period_containing_the_stub': {},
  'non_numeric_event_value:ignored': {},
  'discount_allocation:largest_remainder': {},
}

/** `standard_v1` with what the case names. */
export function policyOf(names: readonly string[]): RatingPolicy {
  let policy: RatingPolicy = ratingPolicies.standard_v1
  for (const name of names) {
    const named = Object.hasOwn(policies, name) ? policies[name] : undefined
    if (!named) throw new UnsupportedCase(`the policy ${name} is not an engine policy`)
    policy = { ...policy, ...named }
  }
  return policy
}
