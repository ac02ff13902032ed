import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openSealedKey, sealKey } from './sealed-key.ts'

const secret = 'a secret of tests, long enough to be one'
const key = { keyId: 'jwk_1', privateKey: '{"d":"ż"}', nonce: new Uint8Array(12).fill(7) }
const sealed = sealKey(secret, key)

test('what was sealed is opened, and does not show', () => {
  expect(openSealedKey(secret, { keyId: 'jwk_1', sealed })).toBe(key.privateKey)
  expect(sealed.includes('"d"')).toBe(false)
})

test('another secret, another id and a cut text are refused', () => {
  expect(() => openSealedKey(`${secret}!`, { keyId: 'jwk_1', sealed })).toThrow()
  expect(() => openSealedKey(secret, { keyId: 'jwk_2', sealed })).toThrow()
  expect(() => openSealedKey(secret, { keyId: 'jwk_1', sealed: sealed.subarray(1) })).toThrow()
  expect(() => openSealedKey(secret, { keyId: 'jwk_1', sealed: new Uint8Array(5) })).toThrow()
})

test('one changed bit anywhere is refused', () => {
  const bit = fc.integer({ min: 0, max: sealed.length * 8 - 1 })
  fc.assert(
    fc.property(bit, (at) => {
      const changed = Buffer.from(sealed)
      changed[at >> 3] = (changed[at >> 3] ?? 0) ^ (1 << (at & 7))
      expect(() => openSealedKey(secret, { keyId: 'jwk_1', sealed: changed })).toThrow()
    }),
  )
})
