import { assert, unreachable } from './assert.ts'

/**
 * How a value between two neighbours is settled. `up`, `down`, `half_up` and `half_down` speak of the
 * magnitude (as Java's RoundingMode does), `ceiling` and `floor` of the number line:
 *
 * | mode | 2.5 | -2.5 | 2.4 | -2.4 |
 * |---|---|---|---|---|
 * | half_away_from_zero, half_up (its bookkeeping name) | 3 | -3 | 2 | -2 |
 * | half_down (ties toward zero) | 2 | -2 | 2 | -2 |
 * | half_even | 2 | -2 | 2 | -2 |
 * | up (away from zero) | 3 | -3 | 3 | -3 |
 * | down (toward zero) | 2 | -2 | 2 | -2 |
 * | ceiling | 3 | -2 | 3 | -2 |
 * | floor | 2 | -3 | 2 | -3 |
 */
export type RoundingMode = (typeof roundingModes)[number]

/** Every rounding mode, for validation of stored and received names. */
export const roundingModes = [
  'half_away_from_zero',
  'half_even',
  'half_up',
  'half_down',
  'up',
  'down',
  'ceiling',
  'floor',
] as const

/** `numerator / denominator` as an integer, settled by `mode`. The denominator must not be zero. */
export function divideRounded(numerator: bigint, denominator: bigint, mode: RoundingMode): bigint {
  assert(denominator !== 0n, 'division by zero')
  const truncated = numerator / denominator
  const remainder = numerator % denominator
  if (remainder === 0n) return truncated

  const negative = remainder < 0n !== denominator < 0n
  const twice = magnitude(remainder) * 2n
  const size = magnitude(denominator)
  const tie = twice === size ? 0 : twice < size ? -1 : 1
  if (!stepsAway(mode, negative, tie, truncated)) return truncated
  return negative ? truncated - 1n : truncated + 1n
}

/** Whether the discarded part moves the truncated value one step away from zero. */
function stepsAway(mode: RoundingMode, negative: boolean, tie: number, truncated: bigint): boolean {
  switch (mode) {
    case 'half_away_from_zero':
    case 'half_up':
      return tie >= 0
    case 'half_down':
      return tie > 0
    case 'half_even':
      return tie > 0 || (tie === 0 && truncated % 2n !== 0n)
    case 'up':
      return true
    case 'down':
      return false
    case 'ceiling':
      return !negative
    case 'floor':
      return negative
    default:
      return unreachable(mode)
  }
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value
}
