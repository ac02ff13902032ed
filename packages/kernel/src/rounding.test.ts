import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { divideRounded, type RoundingMode, roundingModes } from './rounding.ts'

const table: Record<RoundingMode, [string, string, string, string, string, string]> = {
  //                     2.5  -2.5  2.4   -2.4  3.5   2.6
  half_away_from_zero: ['3', '-3', '2', '-2', '4', '3'],
  half_up: ['3', '-3', '2', '-2', '4', '3'],
  half_down: ['2', '-2', '2', '-2', '3', '3'],
  half_even: ['2', '-2', '2', '-2', '4', '3'],
  up: ['3', '-3', '3', '-3', '4', '3'],
  down: ['2', '-2', '2', '-2', '3', '2'],
  ceiling: ['3', '-2', '3', '-2', '4', '3'],
  floor: ['2', '-3', '2', '-3', '3', '2'],
}

describe.each(roundingModes)('%s', (mode) => {
  test('settles halves and others as documented', () => {
    const inputs = [25n, -25n, 24n, -24n, 35n, 26n]
    expect(inputs.map((tenths) => String(divideRounded(tenths, 10n, mode)))).toEqual(table[mode])
    // Two minus signs change nothing.
    expect(inputs.map((tenths) => String(divideRounded(-tenths, -10n, mode)))).toEqual(table[mode])
  })

  test('is exact on multiples, monotone, and less than one away', () => {
    const numerator = fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n })
    const denominator = fc.bigInt({ min: 1n, max: 10n ** 12n })
    fc.assert(
      fc.property(numerator, numerator, denominator, (a, b, d) => {
        expect(divideRounded(a * d, d, mode)).toBe(a)
        const [low, high] = a <= b ? [a, b] : [b, a]
        expect(divideRounded(low, d, mode) <= divideRounded(high, d, mode)).toBe(true)
        const off = divideRounded(a, d, mode) * d - a
        expect(off < d && off > -d).toBe(true)
      }),
    )
  })
})

test('modes of magnitude are symmetric; ceiling and floor are each other mirrored', () => {
  const numerator = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n })
  fc.assert(
    fc.property(numerator, fc.bigInt({ min: 1n, max: 1000n }), (n, d) => {
      for (const mode of ['half_away_from_zero', 'half_even', 'half_down', 'up', 'down'] as const) {
        expect(divideRounded(-n, d, mode)).toBe(-divideRounded(n, d, mode))
      }
      expect(divideRounded(-n, d, 'ceiling')).toBe(-divideRounded(n, d, 'floor'))
    }),
  )
})
