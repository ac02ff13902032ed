import { type FieldViolation, PurserError } from '@purser/kernel'
import type { Extent, Measures } from './consignment.ts'

/** What of a consignment decides about the price: grams, minor units, units or cubic centimetres. */
export type RateBasis = keyof Measures

/** A step of a rate: `upTo` is inclusive, without it there is no end. */
export type RateTier = { upTo: bigint | undefined; priceMinor: bigint }

/** What a method costs in a zone, in one currency. Its tiers rise; beyond the last it is not offered. */
export type Rate = {
  zoneKey: string
  currency: string
  basis: RateBasis
  tiers: readonly RateTier[]
  /** It costs nothing from this subtotal on. */
  freeFromMinor: bigint | undefined
  /** Most that a piece may have, inclusive; any when undefined. */
  maxSideMm: number | undefined
  maxLengthAndGirthMm: number | undefined
}

/** What delivery costs, in minor units; undefined where the method is not offered. */
export function priceOf(
  rate: Omit<Rate, 'zoneKey' | 'currency'>,
  measures: Measures,
  { longestSideMm, lengthAndGirthMm }: Extent,
): bigint | undefined {
  const { basis, tiers, freeFromMinor, maxSideMm, maxLengthAndGirthMm } = rate
  if (maxSideMm !== undefined && longestSideMm > maxSideMm) return undefined
  if (maxLengthAndGirthMm !== undefined && lengthAndGirthMm > maxLengthAndGirthMm) return undefined
  const measure = measures[basis]
  const tier = tiers.find(({ upTo }) => upTo === undefined || measure <= upTo)
  if (tier === undefined) return undefined
  const isFree = freeFromMinor !== undefined && measures.subtotal >= freeFromMinor
  return isFree ? 0n : tier.priceMinor
}

/**
 * Throws `shipping.invalid_method` unless the tiers of each rate rise, the last alone is without end,
 * and each zone has one rate a currency.
 */
export function checkRates(rates: readonly Rate[]): void {
  const fields = rates.flatMap((rate, index) => {
    const isRepeated = rates
      .slice(0, index)
      .some(({ zoneKey, currency }) => zoneKey === rate.zoneKey && currency === rate.currency)
    const message = 'repeats zone and currency'
    return [
      ...(isRepeated ? [{ field: `rates[${index}]`, message }] : []),
      ...risingOf(rate, index),
    ]
  })
  if (fields.length === 0) return
  throw new PurserError('shipping.invalid_method', 'The rates do not hold together.', { fields })
}

function risingOf({ tiers }: Rate, index: number): FieldViolation[] {
  return tiers.flatMap(({ upTo }, place) => {
    const field = `rates[${index}].tiers[${place}].up_to`
    const before = tiers[place - 1]
    if (place > 0 && before?.upTo === undefined)
      return [{ field, message: 'follows one without end' }]
    const isRising = upTo === undefined || before?.upTo === undefined || upTo > before.upTo
    return isRising ? [] : [{ field, message: 'must be above the one before' }]
  })
}
