import { Decimal } from '@purser/kernel'
import type { QuantityTerms } from './price.ts'

/** Decimals kept where a price per several units does not divide evenly: far below any minor unit. */
const quotientScale = 20

/** Where a slice lies in its period, in billable units: it bills the units above `from` up to `to`. */
export type BillableRange = { from: Decimal; to: Decimal }

/**
 * The slice's range after rounding to whole priced units and after free units. Both ends are taken from the
 * period's running total, so the slices of a period together bill exactly what one slice would.
 */
export function billableRange(
  terms: QuantityTerms,
  priorQuantity: Decimal,
  quantity: Decimal,
): BillableRange {
  const free = terms.freeQuantity ?? Decimal.zero
  return {
    from: aboveZero(settled(terms, priorQuantity).minus(free)),
    to: aboveZero(settled(terms, priorQuantity.plus(quantity)).minus(free)),
  }
}

/** A total quantity as whole priced units, where the price asks for it. */
export function settled(terms: QuantityTerms, total: Decimal): Decimal {
  if (terms.quantityRounding === undefined) return total
  const size = terms.unitsPerPrice ?? Decimal.one
  return total.dividedBy(size, 0, terms.quantityRounding).times(size)
}

/**
 * `quantity` units at `unitAmount` for each `unitsPerPrice`. Exact, except where the quotient has no end:
 * then to 20 decimals.
 */
export function priced(terms: QuantityTerms, quantity: Decimal, unitAmount: Decimal): Decimal {
  const amount = quantity.times(unitAmount)
  if (terms.unitsPerPrice === undefined) return amount
  return amount.dividedBy(terms.unitsPerPrice, quotientScale, 'half_even')
}

function aboveZero(value: Decimal): Decimal {
  return value.isNegative() ? Decimal.zero : value
}
