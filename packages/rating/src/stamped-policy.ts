import { roundingModes } from '@purser/kernel'
import { findRatingPolicy, type RatingPolicy } from './policy.ts'

/** Name of the preset that every plan starts from. */
const PRESET = 'standard_v1'

/** The policy as it is stamped on an invoice: the preset's name and every choice that a plan can make. */
export function stampPolicy(policy: RatingPolicy): Record<string, string> {
  return {
    name: PRESET,
    rounding: policy.rounding,
    zero_usage: policy.zeroUsageFirstTierFlat,
    negative_usage: policy.negativeUsage,
    volume_free_quantity: policy.volumeFreeQuantity,
    subtotal: policy.subtotal,
  }
}

/** The policy of a stamp; undefined when it was not made by `stampPolicy`. */
export function policyFromStamp(stamp: Readonly<Record<string, string>>): RatingPolicy | undefined {
  const preset = findRatingPolicy(stamp['name'] ?? '')
  const rounding = roundingModes.find((mode) => mode === stamp['rounding'])
  const zeroUsage = stamp['zero_usage']
  if (preset === undefined || rounding === undefined) return undefined
  if (zeroUsage !== 'charged' && zeroUsage !== 'not_charged') return undefined
  const policy: RatingPolicy = { ...preset, rounding, zeroUsageFirstTierFlat: zeroUsage }
  const rebuilt = stampPolicy(policy)
  return Object.keys(rebuilt).every((key) => rebuilt[key] === stamp[key]) ? policy : undefined
}
