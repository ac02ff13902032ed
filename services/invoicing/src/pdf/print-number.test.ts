import { Decimal } from '@purser/kernel'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { printAmount, printDecimal, printMoney } from './print-number.ts'

test.each([
  ['0', 0, '0'],
  ['0', 2, '0.00'],
  ['999', 0, '999'],
  ['1000', 0, '1,000'],
  ['1234567.5', 2, '1,234,567.50'],
  ['0.0000125', 2, '0.0000125'],
  ['-1234.5', 2, '−1,234.50'],
  ['123456789012345678901234567890', 0, '123,456,789,012,345,678,901,234,567,890'],
])('%s with at least %i decimals is %s', (text, decimals, printed) => {
  expect(printDecimal(Decimal.parse(text), decimals)).toBe(printed)
})

test('the minor unit decides on decimals', () => {
  expect(printAmount({ amountMinor: 5n, currency: 'USD' })).toBe('0.05')
  expect(printAmount({ amountMinor: -123_456n, currency: 'JPY' })).toBe('−123,456')
  expect(printMoney({ amountMinor: 1_234_567n, currency: 'KWD' })).toBe('KWD 1,234.567')
})

test('no digit is lost or added', () => {
  fc.assert(
    fc.property(fc.bigInt(), fc.integer({ min: 0, max: 20 }), (coefficient, scale) => {
      const value = Decimal.fromBigInt(coefficient, scale)
      const read = printDecimal(value, 4).replaceAll(',', '').replace('−', '-')
      expect(Decimal.parse(read).equals(value)).toBe(true)
    }),
  )
})
