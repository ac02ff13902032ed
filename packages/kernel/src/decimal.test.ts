import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Decimal } from './decimal.ts'
import { isPurserError } from './error.ts'
import { roundingModes } from './rounding.ts'

/** A decimal with its reference: an integer over a power of ten, kept apart from the code under test. */
const decimals = fc
  .record({ digits: fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }), scale: fc.nat(20) })
  .map(({ digits, scale }) => ({ digits, scale, value: Decimal.fromBigInt(digits, scale) }))

const dec = (text: string) => Decimal.parse(text)

/** The digits of `value` at 40 decimals, by way of its text alone. */
function at40(value: Decimal): bigint {
  const [integer = '', fraction = ''] = value.toString().replace('-', '').split('.')
  const digits = BigInt(integer + fraction.padEnd(40, '0'))
  return value.toString().startsWith('-') ? -digits : digits
}

describe('parse', () => {
  test.each([
    ['0', '0'],
    ['-0', '0'],
    ['007.50', '7.5'],
    ['-0.003', '-0.003'],
    ['100', '100'],
    ['0.00000000000001', '0.00000000000001'],
    [`${'9'.repeat(49)}.${'9'.repeat(50)}`, `${'9'.repeat(49)}.${'9'.repeat(50)}`],
  ])('%s reads as %s', (text, expected) => {
    expect(dec(text).toString()).toBe(expected)
  })

  test.each([
    '',
    ' 1',
    '1 ',
    '1\n',
    '+1',
    '.5',
    '5.',
    '1e3',
    '1E3',
    '0x10',
    '1_000',
    '1,5',
    'NaN',
    'Infinity',
    '--1',
    '1.2.3',
    '٣',
    '-',
    '1'.repeat(101),
  ])('refuses %j', (text) => {
    expect(Decimal.tryParse(text)).toBeUndefined()
    try {
      dec(text)
      expect.unreachable()
    } catch (error) {
      expect(isPurserError(error) && error.code).toBe('request.invalid_decimal')
    }
  })

  test('reads back what it wrote', () => {
    fc.assert(
      fc.property(decimals, ({ value }) => {
        expect(dec(value.toString()).equals(value)).toBe(true)
        expect(JSON.parse(JSON.stringify({ value }))).toEqual({ value: value.toString() })
      }),
    )
  })
})

describe('arithmetic agrees with scaled integers', () => {
  test('plus, minus, compare', () => {
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        const [x, y] = [
          a.digits * 10n ** BigInt(40 - a.scale),
          b.digits * 10n ** BigInt(40 - b.scale),
        ]
        expect(at40(a.value.plus(b.value))).toBe(x + y)
        expect(at40(a.value.minus(b.value))).toBe(x - y)
        expect(a.value.compare(b.value)).toBe(x < y ? -1 : x > y ? 1 : 0)
      }),
    )
  })

  test('times', () => {
    fc.assert(
      fc.property(decimals, decimals, (a, b) => {
        const exponent = 40 - a.scale - b.scale
        expect(at40(a.value.times(b.value))).toBe(a.digits * b.digits * 10n ** BigInt(exponent))
      }),
    )
  })

  test('dividedBy is the nearest quotient: less than one step off, half a step for half modes', () => {
    const divisor = decimals.filter(({ digits }) => digits !== 0n)
    fc.assert(
      fc.property(decimals, divisor, fc.constantFrom(...roundingModes), (a, b, mode) => {
        const quotient = a.value.dividedBy(b.value, 8, mode)
        const error = quotient.times(b.value).minus(a.value).abs()
        const step = Decimal.fromBigInt(1n, 8).times(b.value).abs()
        expect(error.lt(step)).toBe(true)
        const two = Decimal.fromBigInt(2n)
        if (mode.startsWith('half')) expect(error.times(two).lte(step)).toBe(true)
      }),
    )
  })

  test('division by zero is a bug, not a number', () => {
    expect(() => dec('1').dividedBy(Decimal.zero, 2, 'down')).toThrow('division by zero')
  })
})

describe('rounding and text', () => {
  test('round keeps what fits, and a negative scale rounds to hundreds', () => {
    expect(dec('1.25').round(5, 'up').toString()).toBe('1.25')
    expect(dec('1250').round(-2, 'half_even').toString()).toBe('1200')
    expect(dec('1251').round(-2, 'half_even').toString()).toBe('1300')
    expect(dec('49').round(-2, 'half_up').toString()).toBe('0')
  })

  test('minor units', () => {
    expect(dec('19.995').toMinor(2, 'half_away_from_zero')).toBe(2000n)
    expect(dec('-19.995').toMinor(2, 'half_away_from_zero')).toBe(-2000n)
    expect(dec('1200').toMinor(0, 'down')).toBe(1200n)
    expect(dec('1.5').toMinor(3, 'down')).toBe(1500n)
  })

  test('toFixed pads and signs', () => {
    expect(dec('1.5').toFixed(2, 'down')).toBe('1.50')
    expect(dec('-0.05').toFixed(2, 'down')).toBe('-0.05')
    expect(dec('7').toFixed(0, 'down')).toBe('7')
  })

  test('equal numbers of unlike scale are equal and write alike', () => {
    expect(dec('1.50').equals(dec('1.5'))).toBe(true)
    expect(dec('1.50').toString()).toBe(dec('1.5').toString())
    expect(Decimal.fromBigInt(0n, 4).toString()).toBe('0')
  })

  test('fits counts digits before and after the point', () => {
    expect(dec('123.45').fits(3, 2)).toBe(true)
    expect(dec('123.45').fits(2, 2)).toBe(false)
    expect(dec('123.45').fits(3, 1)).toBe(false)
    expect(dec('0.5').fits(0, 1)).toBe(true)
  })

  test('whole numbers are told by value, not by how they were written', () => {
    expect(dec('3.00').isInteger()).toBe(true)
    expect(dec('-3').isInteger()).toBe(true)
    expect(dec('3.01').isInteger()).toBe(false)
  })

  test('operators of the language refuse to compare decimals', () => {
    expect(() => dec('10') < dec('9')).toThrow(TypeError)
  })
})
