import { Decimal } from '@purser/kernel'
import { describe, expect, test } from 'vitest'
import { toParameter } from './parameter.ts'
import { parseTimestamptz } from './value-parsers.ts'

describe('toParameter', () => {
  test.each([
    [2n ** 64n, '18446744073709551616'],
    [Decimal.parse('1.50'), '1.5'],
    [Temporal.Instant.from('2026-02-01T01:00:00+01:00'), '2026-02-01T00:00:00Z'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    [undefined, null],
    [null, null],
    [{ a: 1 }, '{"a":1}'],
    [
      [1n, [Decimal.one], null],
      ['1', ['1'], null],
    ],
    [new Uint8Array([1, 2]).subarray(1), Buffer.from([2])],
  ])('%s', (value, expected) => {
    expect(toParameter(value)).toEqual(expected)
  })

  test('refuses what is no value', () => {
    expect(() => toParameter(() => 1)).toThrow(TypeError)
    expect(() => toParameter(Symbol('x'))).toThrow(TypeError)
  })
})

describe('parseTimestamptz', () => {
  test.each([
    ['2026-02-01 00:00:00+00', '2026-02-01T00:00:00Z'],
    ['2026-02-01 00:00:00.123456+00', '2026-02-01T00:00:00.123456Z'],
    ['2026-02-01 05:30:00+05:30', '2026-02-01T00:00:00Z'],
    ['1890-01-01 00:00:00+00:09:21', '1889-12-31T23:50:39Z'],
  ])('%s', (text, expected) => {
    expect(parseTimestamptz(text).toString()).toBe(expected)
  })

  test('has no instant for infinity', () => {
    expect(() => parseTimestamptz('infinity')).toThrow(RangeError)
  })
})
