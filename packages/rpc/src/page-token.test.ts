import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  decodePageToken,
  encodePageToken,
  pageSizeOf,
  timeOfPosition,
  wholeOfPosition,
} from './page-token.ts'

test('a position survives the round trip, and no token is the first page', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (position) => {
      expect(decodePageToken(encodePageToken(position), position.length)).toEqual(position)
    }),
  )
  expect(decodePageToken('', 3)).toBeUndefined()
})

test.each([
  ['!'],
  [encodePageToken(['one'])],
  [Buffer.from('[1,2]').toString('base64url')],
  [Buffer.from('{"length":2}').toString('base64url')],
])('%j is refused as a token of two texts', (token) => {
  expect(() => decodePageToken(token, 2)).toThrow(
    expect.objectContaining({
      code: 'request.invalid',
      fields: [expect.objectContaining({ field: 'page_token' })],
    }),
  )
})

test('numbers and times of a position are read, and what is none is refused', () => {
  expect(wholeOfPosition('9223372036854775807')).toBe(2n ** 63n - 1n)
  expect(timeOfPosition('2026-02-28T00:00:00.5Z').epochMilliseconds).toBe(1_772_236_800_500)
  const refused = expect.objectContaining({ code: 'request.invalid' })
  for (const text of ['', '-1', '1.5', '9223372036854775808', 'one']) {
    expect(() => wholeOfPosition(text)).toThrow(refused)
  }
  for (const text of [
    '',
    'today',
    '2026-02-30T00:00:00Z',
    '+012026-02-28T00:00:00Z',
    '2026-02-28',
  ]) {
    expect(() => timeOfPosition(text)).toThrow(refused)
  }
})

test('a page has 50 rows unless asked for otherwise', () => {
  expect([pageSizeOf(0), pageSizeOf(7)]).toEqual([50, 7])
})
