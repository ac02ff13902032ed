import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { opaqueToken, readOpaqueToken } from './opaque-token.ts'

const zeros = 'A'.repeat(43)

describe('a token', () => {
  test('names its kind and tenant, and is hashed whole', () => {
    const token = opaqueToken('rt', 'acme_1', new Uint8Array(32))
    expect(token).toBe(`rt_acme_1.${zeros}`)
    const read = readOpaqueToken('rt', token)
    expect(read?.tenantId).toBe('acme_1')
    // The value is that of `printf rt_acme_1.AAA... | sha256sum`.
    expect(read?.secretHash.toString('hex')).toBe(
      '6fece08bbddfaa65a456a826707e45d0bad0212bb2eb0f0a721208a0ab495dc4',
    )
  })

  test('needs 32 bytes', () => {
    expect(() => opaqueToken('rt', 'acme', new Uint8Array(31))).toThrow('32 random bytes')
  })

  test.each([
    '',
    `inv_acme.${zeros}`,
    `rt_acme.${zeros}A`,
    `rt_acme.${zeros.slice(1)}`,
    `rt_Acme.${zeros}`,
    `rt_.${zeros}`,
    `rt_a.b.${zeros}`,
    `rt_*.${zeros}`,
    ` rt_acme.${zeros}`,
    `rt_acme.${zeros}\n`,
  ])('%j is no refresh token', (text) => {
    expect(readOpaqueToken('rt', text)).toBeUndefined()
  })
})

test('tokens of other bytes, tenants or kinds hash to something else', () => {
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
  const slug = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,20}$/)
  const parts = fc.tuple(fc.constantFrom('rt' as const, 'inv' as const), slug, bytes)
  const hashOf = ([prefix, tenant, random]: ['rt' | 'inv', string, Uint8Array]) =>
    readOpaqueToken(prefix, opaqueToken(prefix, tenant, random))?.secretHash.toString('hex')
  fc.assert(
    fc.property(parts, parts, (one, other) => {
      fc.pre(opaqueToken(...one) !== opaqueToken(...other))
      expect(hashOf(one)).toHaveLength(64)
      expect(hashOf(one)).not.toBe(hashOf(other))
    }),
  )
})
