import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Extent, Measures } from './consignment.ts'
import { checkRates, priceOf, type Rate, type RateTier } from './rate.ts'

const amounts = fc.bigInt({ min: 0n, max: 50n })
const measures = fc.record({
  weight: amounts,
  subtotal: amounts,
  pieces: amounts,
  volume: amounts,
})
const sizes = fc.integer({ min: 0, max: 9 })
const extents = fc.record({ longestSideMm: sizes, lengthAndGirthMm: sizes })
const limits = fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined })

/** Tiers that rise, of which the last may be without end. */
const tiers = fc
  .record({
    ends: fc.uniqueArray(fc.bigInt({ min: 1n, max: 40n }), { maxLength: 5 }),
    hasNoEnd: fc.boolean(),
    prices: fc.array(amounts, { minLength: 6, maxLength: 6 }),
  })
  .map(({ ends, hasNoEnd, prices }): RateTier[] => {
    const rising = ends.sort((a, b) => Number(a - b)).map((upTo) => upTo as bigint | undefined)
    const all = hasNoEnd || rising.length === 0 ? [...rising, undefined] : rising
    return all.map((upTo, index) => ({ upTo, priceMinor: prices[index] ?? 0n }))
  })

const basis = fc.constantFrom('weight', 'subtotal', 'pieces', 'volume' as const)
const rates = fc.record({
  zoneKey: fc.constant('z'),
  currency: fc.constant('EUR'),
  basis,
  tiers,
  freeFromMinor: fc.option(amounts, { nil: undefined }),
  maxSideMm: limits,
  maxLengthAndGirthMm: limits,
})

/** Walks the scale unit by unit: what a clerk with a table does. */
function clerk(rate: Rate, measured: Measures, extent: Extent) {
  const { maxSideMm = Infinity, maxLengthAndGirthMm = Infinity } = rate
  if (!(extent.longestSideMm <= maxSideMm)) return undefined
  if (!(extent.lengthAndGirthMm <= maxLengthAndGirthMm)) return undefined
  const { subtotal } = measured
  const amount = measured[rate.basis]
  let place = 0
  for (let unit = 1n; unit <= amount; unit += 1n) {
    const end = rate.tiers[place]?.upTo
    if (end !== undefined && unit > end) place += 1
  }
  const tier = rate.tiers[place]
  if (tier === undefined) return undefined
  if (rate.freeFromMinor !== undefined && !(subtotal < rate.freeFromMinor)) return 0n
  return tier.priceMinor
}

test('a price is what a clerk finds in the table', () => {
  fc.assert(
    fc.property(rates, measures, extents, (rate, amount, extent) => {
      expect(priceOf(rate, amount, extent)).toBe(clerk(rate, amount, extent))
    }),
    { numRuns: 2_000 },
  )
})

test('tiers that rise hold together', () => {
  fc.assert(
    fc.property(rates, (rate) => {
      expect(() => checkRates([rate])).not.toThrow()
    }),
  )
})

describe('refused', () => {
  const rate = (...ends: (bigint | undefined)[]): Rate => ({
    zoneKey: 'z',
    currency: 'EUR',
    basis: 'pieces',
    freeFromMinor: undefined,
    maxSideMm: undefined,
    maxLengthAndGirthMm: undefined,
    tiers: ends.map((upTo) => ({ upTo, priceMinor: 1n })),
  })

  test.each([
    ['a step that does not rise', [rate(5n, 5n)], 'rates[0].tiers[1].up_to'],
    ['a step that falls', [rate(5n, 4n)], 'rates[0].tiers[1].up_to'],
    ['a step after one without end', [rate(undefined, 4n)], 'rates[0].tiers[1].up_to'],
    ['two without end', [rate(undefined, undefined)], 'rates[0].tiers[1].up_to'],
    ['a zone twice in one currency', [rate(1n), rate(2n)], 'rates[1]'],
  ])('%s', (_, given, field) => {
    expect(() => checkRates(given)).toThrow(
      expect.objectContaining({
        code: 'shipping.invalid_method',
        fields: [expect.objectContaining({ field })],
      }),
    )
  })
})
