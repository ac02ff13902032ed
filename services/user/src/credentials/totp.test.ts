import { expect, test } from 'vitest'
import { matchTotpStep, totpCode, totpSecret, totpStep, totpUri } from './totp.ts'

/** `12345678901234567890` in ASCII, the key of RFC 6238, appendix B. */
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const at = (seconds: number) => Temporal.Instant.fromEpochMilliseconds(seconds * 1000)

// RFC 6238, appendix B, SHA1: eight digits, of which six are the last six.
test.each([
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
])('the code at %i s ends like %s', (seconds, code) => {
  expect(totpCode(secret, totpStep(at(seconds)))).toBe(code.slice(-6))
})

// RFC 4226, appendix D, is the same key with the step as the counter.
test('the codes of the first ten steps are those of RFC 4226', () => {
  const codes = Array.from({ length: 10 }, (_, step) => totpCode(secret, BigInt(step)))
  expect(codes).toEqual(
    '755224 287082 359152 969429 338314 254676 287922 162583 399871 520489'.split(' '),
  )
})

test('a code is accepted one step early and one late, and no further', () => {
  const now = at(3_000)
  const match = (step: bigint) =>
    matchTotpStep(secret, { code: totpCode(secret, step), lastStep: -1n, now })
  expect([98n, 99n, 100n, 101n, 102n].map(match)).toEqual([undefined, 99n, 100n, 101n, undefined])
})

test('a step that was used, or an earlier one, is not accepted again', () => {
  const match = (step: bigint, lastStep: bigint) =>
    matchTotpStep(secret, { code: totpCode(secret, step), lastStep, now: at(3_000) })
  expect(match(100n, 100n)).toBeUndefined()
  expect(match(99n, 100n)).toBeUndefined()
  expect(match(101n, 100n)).toBe(101n)
})

test('what is no code matches nothing', () => {
  for (const code of ['', '12345', '1234567', '٧٥٥٢٢٤', 'abcdef']) {
    expect(matchTotpStep(secret, { code, lastStep: -1n, now: at(0) })).toBeUndefined()
  }
})

test('a secret has 160 bits, and the URI tells it with issuer and label', () => {
  const made = totpSecret(new Uint8Array(20).fill(0xff))
  expect(made).toBe('7'.repeat(32))
  const uri = new URL(totpUri(secret, { issuer: 'Acme: Ltd', label: 'jo@example.com' }))
  expect(uri.protocol).toBe('otpauth:')
  expect(decodeURIComponent(uri.pathname)).toMatch(/jo@example\.com$/)
  expect(Object.fromEntries(uri.searchParams)).toMatchObject({
    secret,
    issuer: 'Acme: Ltd',
    algorithm: 'SHA1',
    digits: '6',
    period: '30',
  })
})
