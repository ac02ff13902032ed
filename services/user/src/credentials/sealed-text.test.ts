import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openSealedText, sealText } from './sealed-text.ts'

const secret = 'a secret of tests, long enough to be one'
const place = { purpose: 'tests', id: 'acme/usr_1' }
const nonce = new Uint8Array(12).fill(7)
const sealed = sealText(secret, place, { text: 'JBSWY3DPEHPK3PXP', nonce })

test('what was sealed is opened, and does not show', () => {
  expect(openSealedText(secret, place, sealed)).toBe('JBSWY3DPEHPK3PXP')
  expect(sealed.includes('JBSW')).toBe(false)
})

test('another secret, purpose or id, and a cut text are refused', () => {
  expect(() => openSealedText(`${secret}!`, place, sealed)).toThrow()
  expect(() => openSealedText(secret, { ...place, purpose: 'others' }, sealed)).toThrow()
  expect(() => openSealedText(secret, { ...place, id: 'acme/usr_2' }, sealed)).toThrow()
  expect(() => openSealedText(secret, place, sealed.subarray(1))).toThrow()
  expect(() => openSealedText(secret, place, new Uint8Array(5))).toThrow()
})

test('one changed bit anywhere is refused', () => {
  const bit = fc.integer({ min: 0, max: sealed.length * 8 - 1 })
  fc.assert(
    fc.property(bit, (at) => {
      const changed = Buffer.from(sealed)
      changed[at >> 3] = (changed[at >> 3] ?? 0) ^ (1 << (at & 7))
      expect(() => openSealedText(secret, place, changed)).toThrow()
    }),
  )
})
