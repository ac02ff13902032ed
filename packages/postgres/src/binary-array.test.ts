import { describe, expect, test } from 'vitest'
import { encodeInt8Array, encodeTextArray, encodeTimestamptzArray } from './binary-array.ts'

describe('binary arrays', () => {
  test('follow the wire format', () => {
    expect(encodeTextArray(['hi', null]).toString('hex')).toBe(
      [
        '00000001', // dimensions
        '00000001', // has nulls
        '00000019', // text
        '00000002', // elements
        '00000001', // lower bound
        '000000026869',
        'ffffffff',
      ].join(''),
    )
    expect(encodeInt8Array([]).toString('hex')).toBe('000000000000000000000014')
  })

  test('a NUL character is refused, as Postgres text cannot hold it', () => {
    for (const text of ['\0', 'a\0b', 'é\0']) {
      expect(() => encodeTextArray(['fine', text])).toThrow(
        expect.objectContaining({ code: 'request.invalid' }),
      )
    }
  })

  test('numbers that do not fit are a bug', () => {
    for (const value of [2n ** 63n, -(2n ** 63n) - 1n, 0.5, 2 ** 53, Number.NaN]) {
      expect(() => encodeInt8Array([value]), String(value)).toThrow()
      expect(() => encodeTimestamptzArray([value === 2n ** 63n ? -value : value])).toThrow()
    }
  })
})
