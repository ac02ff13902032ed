import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openContent, sealContent } from './sealed-content.ts'

const secret = 'a secret of tests, long enough to be one'
const owner = { tenantId: 'acme', messageId: 'msg_1' }
const content = { subject: 's', text: 'ż https://x.test/?t=1', html: '<p>', secrets: ['t=1'] }
const sealed = sealContent(secret, owner, { content, nonce: new Uint8Array(12).fill(7) })

test('what was sealed is opened, and does not show', () => {
  expect(openContent(secret, owner, sealed)).toEqual(content)
  expect(sealed.includes('x.test')).toBe(false)
})

test('another secret, tenant or message, and a cut text are refused', () => {
  expect(() => openContent(`${secret}!`, owner, sealed)).toThrow()
  expect(() => openContent(secret, { ...owner, tenantId: 'globex' }, sealed)).toThrow()
  expect(() => openContent(secret, { ...owner, messageId: 'msg_2' }, sealed)).toThrow()
  expect(() => openContent(secret, owner, sealed.subarray(1))).toThrow()
  expect(() => openContent(secret, owner, new Uint8Array(5))).toThrow()
})

test('one changed bit anywhere is refused', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: sealed.length * 8 - 1 }), (at) => {
      const changed = Buffer.from(sealed)
      changed[at >> 3] = (changed[at >> 3] ?? 0) ^ (1 << (at & 7))
      expect(() => openContent(secret, owner, changed)).toThrow()
    }),
  )
})
