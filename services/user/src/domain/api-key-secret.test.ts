import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apiKeyPrefix, apiKeySecret, hashApiKeySecret, isApiKeySecret } from './api-key-secret.ts'

const random = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe('a secret', () => {
  test('has a fixed form', () => {
    const secret = apiKeySecret(new Uint8Array(32))
    expect(secret).toBe(`pk_${'A'.repeat(43)}_GXGtVg`)
    expect(apiKeyPrefix(secret)).toBe('pk_AAAAAAAA')
  })

  test('needs 32 bytes', () => {
    expect(() => apiKeySecret(new Uint8Array(31))).toThrow('32 random bytes')
  })

  test('is hashed with SHA-256', () => {
    // The value is that of `printf pk_test | sha256sum`.
    expect(hashApiKeySecret('pk_test').toString('hex')).toBe(
      '4cd87eb8bb26640d6ddae9d27afd08952e597754bb59f082e62b84a66e8e6ecf',
    )
  })

  test.each([
    '',
    'pk_',
    'sk_live_123',
    `pk_${'A'.repeat(43)}`,
    `pk_${'A'.repeat(42)}_GXGtVg`,
    `PK_${'A'.repeat(43)}_GXGtVg`,
    ` pk_${'A'.repeat(43)}_GXGtVg`,
    `pk_${'A'.repeat(43)}_GXGtVg\n`,
  ])('%j is none', (text) => {
    expect(isApiKeySecret(text)).toBe(false)
  })
})

describe('laws', () => {
  test('every secret is recognized', () => {
    fc.assert(fc.property(random, (bytes) => isApiKeySecret(apiKeySecret(bytes))))
  })

  test('a secret with one other character is none', () => {
    const position = fc.integer({ min: 0, max: 52 })
    const character = fc.constantFrom(...'ABCabc019-_')
    fc.assert(
      fc.property(random, position, character, (bytes, at, other) => {
        const secret = apiKeySecret(bytes)
        fc.pre(secret[at] !== other)
        expect(isApiKeySecret(secret.slice(0, at) + other + secret.slice(at + 1))).toBe(false)
      }),
    )
  })

  test('different bytes make different secrets', () => {
    fc.assert(
      fc.property(random, random, (a, b) => {
        fc.pre(Buffer.compare(a, b) !== 0)
        expect(apiKeySecret(a)).not.toBe(apiKeySecret(b))
      }),
    )
  })
})
