import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allocate } from './allocate.ts'
import { currencyExponent, isCurrency } from './currency.ts'
import { isPurserError } from './error.ts'
import { addMoney, formatMoney } from './money.ts'

describe('currencies follow ISO 4217, not the locale data of the runtime', () => {
  test.each([
    ['USD', 2],
    ['JPY', 0],
    ['KWD', 3],
    ['CLF', 4],
    ['HUF', 2],
    ['IQD', 3],
  ])('%s has %i decimals', (code, exponent) => {
    expect(currencyExponent(code)).toBe(exponent)
  })

  test.each(['usd', 'XAU', 'XXX', 'ZZZ', '', 'constructor'])('%j is no currency', (code) => {
    expect(isCurrency(code)).toBe(false)
    try {
      currencyExponent(code)
      expect.unreachable()
    } catch (error) {
      expect(isPurserError(error) && error.code).toBe('request.unknown_currency')
    }
  })
})

describe('money', () => {
  test('adds within one currency only', () => {
    const usd = { amountMinor: 1_50n, currency: 'USD' }
    expect(addMoney(usd, usd)).toEqual({ amountMinor: 3_00n, currency: 'USD' })
    expect(() => addMoney(usd, { amountMinor: 1n, currency: 'EUR' })).toThrow('cannot add EUR')
  })

  test.each([
    [1_234_50n, 'USD', 'USD 1,234.50'],
    [-1_234_567_89n, 'USD', 'USD -1,234,567.89'],
    [5n, 'USD', 'USD 0.05'],
    [-123n, 'JPY', 'JPY -123'],
    [1_200n, 'JPY', 'JPY 1,200'],
    [999n, 'KWD', 'KWD 0.999'],
  ])('%i %s reads %s', (amountMinor, currency, text) => {
    expect(formatMoney({ amountMinor, currency })).toBe(text)
  })
})

describe('allocate', () => {
  test('gives what is left over to the largest remainders, ties to the earlier part', () => {
    expect(allocate(100n, [1n, 1n, 1n])).toEqual([34n, 33n, 33n])
    expect(allocate(100n, [333n, 333n, 334n])).toEqual([33n, 33n, 34n])
    expect(allocate(-100n, [1n, 1n, 1n])).toEqual([-34n, -33n, -33n])
    expect(allocate(0n, [0n, 5n])).toEqual([0n, 0n])
  })

  test('adds up exactly, and no part is a whole unit from its share', () => {
    const weights = fc
      .array(fc.bigInt({ min: 0n, max: 10n ** 12n }), { minLength: 1, maxLength: 30 })
      .filter((all) => all.some((weight) => weight > 0n))
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), weights, (amount, all) => {
        const parts = allocate(amount, all)
        const total = all.reduce((sum, weight) => sum + weight, 0n)
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(amount)
        parts.forEach((part, index) => {
          const off = part * total - amount * (all[index] ?? 0n)
          expect(off < total && off > -total).toBe(true)
        })
      }),
    )
  })

  test('nothing to weigh by is a bug', () => {
    expect(() => allocate(1n, [0n, 0n])).toThrow('above zero')
    expect(() => allocate(1n, [2n, -1n])).toThrow('zero or more')
  })
})
