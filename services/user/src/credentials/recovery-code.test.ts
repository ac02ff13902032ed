import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hashRecoveryCode, RECOVERY_CODE_BYTES, recoveryCode } from './recovery-code.ts'

const random = fc.uint8Array({ minLength: RECOVERY_CODE_BYTES, maxLength: RECOVERY_CODE_BYTES })

test('a code is four groups of four, and tells 80 bits', () => {
  expect(recoveryCode(new Uint8Array(10))).toBe('0000-0000-0000-0000')
  expect(recoveryCode(new Uint8Array(10).fill(255))).toBe('zzzz-zzzz-zzzz-zzzz')
  fc.assert(
    fc.property(random, random, (one, other) => {
      expect(recoveryCode(one)).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/)
      const isSame = Buffer.from(one).equals(Buffer.from(other))
      expect(recoveryCode(one) === recoveryCode(other)).toBe(isSame)
    }),
  )
})

test('a code is the same however it is typed', () => {
  const hash = hashRecoveryCode('01ab-cdef-ghjk-mnpq')
  for (const typed of ['01ABCDEFGHJKMNPQ', ' olab cdef ghjk mnpq ', 'OIab-cdef-ghjk-mnpq']) {
    expect(hashRecoveryCode(typed)).toEqual(hash)
  }
  expect(hashRecoveryCode('01ab-cdef-ghjk-mnpr')).not.toEqual(hash)
})
