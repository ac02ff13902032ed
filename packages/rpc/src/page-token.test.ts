import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodePageToken, encodePageToken, pageSizeOf } from './page-token.ts'

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

test('a page has 50 rows unless asked for otherwise', () => {
  expect([pageSizeOf(0), pageSizeOf(7)]).toEqual([50, 7])
})
