import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { deriveWebhookSecret } from './webhook-secret.ts'
import { signWebhook, webhookObstacle } from './webhook-signature.ts'

const now = Temporal.Instant.from('2026-02-15T12:00:00Z')
const secret = 'whsec_of_tests'
const body = Buffer.from('{"id":"evt_1"}')
const obstacle = (signature: string, changes: { secret?: string; body?: Uint8Array } = {}) =>
  webhookObstacle({ secret, signature, body, ...changes }, now)

const MISMATCH = 'The signature is missing or does not match.'
const TOO_OLD = 'The signature is too old.'

test('the header is that of the scheme: HMAC-SHA-256 of seconds, a dot and the body', () => {
  const digest = createHmac('sha256', secret).update('1771156800.{"id":"evt_1"}').digest('hex')
  expect(signWebhook(secret, body, now)).toBe(`t=1771156800,v1=${digest}`)
})

test('what is signed is believed; another secret or body is not', () => {
  const bytes = fc.uint8Array({ maxLength: 200 })
  const parties = fc.record({ secret: fc.string({ minLength: 1 }), body: bytes, other: bytes })
  fc.assert(
    fc.property(parties, ({ other, ...signed }) => {
      const signature = signWebhook(signed.secret, signed.body, now)
      expect(obstacle(signature, signed)).toBeUndefined()
      expect(obstacle(signature, { ...signed, secret: `${signed.secret}.` })).toBe(MISMATCH)
      const isSame = Buffer.compare(other, signed.body) === 0
      expect(obstacle(signature, { ...signed, body: other })).toBe(isSame ? undefined : MISMATCH)
    }),
  )
})

describe('a header', () => {
  const good = signWebhook(secret, body, now)
  const [time, v1] = good.split(',')

  test('may name other schemes, and another secret’s digest before ours', () => {
    expect(obstacle(`${time},v0=abc,v1=${'0'.repeat(64)},${v1}`)).toBeUndefined()
  })

  test.each([
    '',
    't=,v1=',
    `${time}`,
    `${v1}`,
    `${time},${v1?.replace('v1', 'v0')}`,
    `${time},${time},${v1}`,
    `t=1e9,${v1}`,
    `t=-1,${v1}`,
    `${time},${v1?.slice(0, -2)}`,
    `${time},${v1}zz`.padStart(1_100, 'x=y,'),
  ])('is refused: %s', (signature) => {
    expect(obstacle(signature)).toBe(MISMATCH)
  })

  test('of any text answers an obstacle and never throws', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.stringMatching(/^(t=\d{0,14},|v1=[0-9a-f]{0,66},){0,4}$/),
    )
    fc.assert(
      fc.property(texts, (signature) => {
        expect(obstacle(signature)).toBe(MISMATCH)
      }),
    )
  })

  test('counts for 5 minutes, before and after', () => {
    const at = (seconds: number) => obstacle(signWebhook(secret, body, now.add({ seconds })))
    expect([-300, 300].map(at)).toEqual([undefined, undefined])
    expect([-301, 301].map(at)).toEqual([TOO_OLD, TOO_OLD])
  })
})

test('a purpose has one secret, and no other purpose has it', () => {
  const derived = deriveWebhookSecret('a secret of the platform', 'sandbox webhooks')
  expect(derived).toMatch(/^whsec_[\w-]{43}$/)
  expect(deriveWebhookSecret('a secret of the platform', 'sandbox webhooks')).toBe(derived)
  expect(deriveWebhookSecret('a secret of the platform', 'carrier webhooks')).not.toBe(derived)
})
