import type { Decimal, RoundingMode } from '@purser/kernel'

/** Rounding functions that a meter may apply to its aggregated quantity. */
export const quantityFunctions = ['round', 'ceil', 'floor'] as const
export type QuantityFunction = (typeof quantityFunctions)[number]

const modes = {
  round: 'half_away_from_zero',
  ceil: 'ceiling',
  floor: 'floor',
} as const satisfies Record<QuantityFunction, RoundingMode>

/**
 * An aggregated quantity rounded to `precision` decimals, -30 to 30: 0 gives integers, -2 hundreds. Halves
 * round away from zero. Source: conformance model `aggregation.rounding`.
 */
export function roundQuantity(
  quantity: Decimal,
  roundingFunction: QuantityFunction,
  precision = 0,
): Decimal {
  return quantity.round(precision, modes[roundingFunction])
}
