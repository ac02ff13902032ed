import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { readOpaqueToken } from '../domain/opaque-token.ts'
import { mailToken, type MailedToken } from './mail-token.ts'

const secret = 'a secret of tests, long enough to be one'
const token: MailedToken = { purpose: 'reset_password', tenantId: 'acme', tokenId: 'mtk_1' }

test('a token is derived again, and read as the token of its purpose alone', () => {
  const { text, secretHash } = mailToken(secret, token)
  expect(text).toMatch(/^pr_acme\.[A-Za-z0-9_-]{43}$/)
  expect(mailToken(secret, token).text).toBe(text)
  expect(secretHash).toEqual(createHash('sha256').update(text).digest())
  expect(readOpaqueToken('pr', text)).toEqual({ tenantId: 'acme', secretHash })
  for (const prefix of ['ev', 'ec', 'inv', 'rt', 'sf'] as const) {
    expect(readOpaqueToken(prefix, text)).toBeUndefined()
  }
})

test('another secret, purpose, tenant or id is another token', () => {
  const secretPart = (of: Partial<MailedToken>, by = secret) =>
    mailToken(by, { ...token, ...of }).text.split('.')[1]
  const parts = [
    secretPart({}),
    secretPart({}, `${secret}!`),
    secretPart({ purpose: 'verify_email' }),
    secretPart({ tenantId: 'other' }),
    secretPart({ tokenId: 'mtk_2' }),
  ]
  expect(new Set(parts).size).toBe(parts.length)
})
