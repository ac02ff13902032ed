import { createHmac } from 'node:crypto'
import { fixedClock } from '@purser/kernel'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPrincipalCodec } from './principal-token.ts'

const key = 'k'.repeat(32)
const at = (seconds: number) => fixedClock(Temporal.Instant.fromEpochMilliseconds(seconds * 1000))
const principal = { kind: 'user', id: 'usr_1', tenant: 'acme', permissions: ['a.b.c'] } as const
const codec = createPrincipalCodec({ key, clock: at(1000) })
const refused = expect.objectContaining({ code: 'auth.invalid_credentials' })

test('what is signed is what is verified', () => {
  fc.assert(
    fc.property(
      fc.record({
        kind: fc.constantFrom('api_key', 'user', 'service', 'anonymous'),
        id: fc.string({ unit: 'grapheme' }),
        tenant: fc.string(),
        permissions: fc.array(fc.string()),
      }),
      (any) => {
        expect(codec.verify(codec.sign(any))).toEqual(any)
      },
    ),
  )
})

test('a token lives 60 seconds', () => {
  const token = codec.sign(principal)
  expect(createPrincipalCodec({ key, clock: at(1059) }).verify(token)).toEqual(principal)
  expect(() => createPrincipalCodec({ key, clock: at(1060) }).verify(token)).toThrow(refused)
})

test('another key is refused', () => {
  const forged = createPrincipalCodec({ key: 'f'.repeat(32), clock: at(1000) }).sign(principal)
  expect(() => codec.verify(forged)).toThrow(refused)
})

test('any changed character is refused', () => {
  const token = codec.sign(principal)
  for (let index = 0; index < token.length; index++) {
    // The last digit of a base64 text of 32 bytes carries two spare bits that decoders ignore.
    if (index === token.length - 1) continue
    const other = token[index] === 'A' ? 'B' : 'A'
    const changed = token.slice(0, index) + other + token.slice(index + 1)
    expect(() => codec.verify(changed)).toThrow(refused)
  }
})

test.each([
  [''],
  ['.'],
  ['p1'],
  ['p1.e30'],
  ['p1..'],
  [sign('p2', '{"kind":"user","id":"","tenant":"","permissions":[],"exp":2000}')],
  [sign('p1', '{"kind":"root","id":"","tenant":"","permissions":[],"exp":2000}')],
  [sign('p1', '{"kind":"user","id":"","tenant":"","permissions":[1],"exp":2000}')],
  [sign('p1', '{"kind":"user","id":"","tenant":"","permissions":[]}')],
  [sign('p1', '{"kind":"user","id":"","tenant":"","permissions":[],"exp":"2000"}')],
  [sign('p1', 'null')],
  [sign('p1', 'not json')],
])('%j is refused', (token) => {
  expect(() => codec.verify(token)).toThrow(refused)
})

test('a short key is a bug', () => {
  expect(() => createPrincipalCodec({ key: 'short' })).toThrow('32 bytes')
})

function sign(version: string, payload: string): string {
  const signed = `${version}.${Buffer.from(payload).toString('base64url')}`
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`
}
