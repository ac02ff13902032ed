import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { createSigningKeys } from '../src/credentials/signing-keys.ts'
import { findNewestSigningKey } from '../src/store/signing-key.ts'
import { claimsOf, sessionOf, signInOf } from './sign-in-harness.ts'
import { startUser, type User } from './user-harness.ts'

let user: User
const start = Temporal.Instant.from('2026-02-15T12:00:00Z')
const secret = 'a secret of tests, long enough to be one'
const opened: User[] = []

beforeEach(async () => {
  user = await startUser()
  opened.push(user)
  await user.createTenant('acme')
})
afterAll(async () => {
  for (const each of opened) await each.close()
})

async function jwks(): Promise<{ keys: Record<string, unknown>[] }> {
  return JSON.parse((await user.client.listSigningKeys({}, user.as('*'))).jwksJson)
}

const keyCount = async () => (await user.adminQuery('select from "user".signing_key')).length

const openKeys = (of = secret) =>
  createSigningKeys({
    db: user.database,
    clock: { now: () => user.present.now },
    secret: of,
  })

test('an access token is verified with the listed keys and says whose session it is', async () => {
  const answer = await signInOf(user, 'acme').register('jo@example.com')
  const { payload, protectedHeader } = await jwtVerify(
    answer.accessToken,
    createLocalJWKSet(await jwks()),
    {
      issuer: 'https://purser.test',
      audience: 'purser',
      typ: 'at+jwt',
      algorithms: ['EdDSA'],
      currentDate: new Date(start.epochMilliseconds),
    },
  )
  const issuedAt = start.epochMilliseconds / 1000
  expect(payload).toEqual({
    iss: 'https://purser.test',
    aud: 'purser',
    sub: answer.user?.userId,
    tenant: 'acme',
    sid: sessionOf(answer),
    iat: issuedAt,
    nbf: issuedAt,
    exp: issuedAt + 300,
    jti: expect.any(String),
  })
  expect(protectedHeader.kid).toBe((await jwks()).keys[0]?.['kid'])
  expect(answer.accessExpireTime?.seconds).toBe(BigInt(issuedAt + 300))
  const again = await signInOf(user, 'acme').login('jo@example.com')
  expect(claimsOf(again.accessToken)['jti']).not.toBe(payload.jti)
})

test('the listed keys show public parts alone', async () => {
  expect((await jwks()).keys).toEqual([])
  const { keyId } = await openKeys().current()
  const x = expect.stringMatching(/^[A-Za-z0-9_-]{43}$/)
  const expected = { kty: 'OKP', crv: 'Ed25519', x, kid: keyId, alg: 'EdDSA', use: 'sig' }
  expect((await jwks()).keys).toEqual([expected])
})

test('20 processes that need a key at the same time make one', async () => {
  const keys = await Promise.all(Array.from({ length: 20 }, () => openKeys().current()))
  expect(new Set(keys.map(({ keyId }) => keyId)).size).toBe(1)
  expect(await keyCount()).toBe(1)
})

test('a key signs for 30 days and is listed for 60', async () => {
  const keys = openKeys()
  const { keyId } = await keys.current()
  user.present.now = start.add({ hours: 720 }).subtract({ nanoseconds: 1_000 })
  expect((await keys.current()).keyId).toBe(keyId)
  user.present.now = start.add({ hours: 720 })
  const { keyId: successor } = await keys.current()
  expect(successor).not.toBe(keyId)
  const kids = async () => (await jwks()).keys.map(({ kid }) => kid)
  expect(await kids()).toEqual([successor, keyId])
  user.present.now = start.add({ hours: 1_440 }).subtract({ nanoseconds: 1_000 })
  expect(await kids()).toEqual([successor, keyId])
  user.present.now = start.add({ hours: 1_440 })
  expect(await kids()).toEqual([successor])
})

test('a process knows of a newer key after 60 seconds', async () => {
  const keys = openKeys()
  const { keyId } = await keys.current()
  await user.adminQuery(
    `insert into "user".signing_key
     select tenant_id, 'newer', public_jwk, sealed_private_jwk, created_at + interval '1 second'
     from "user".signing_key`,
  )
  user.present.now = start.add({ seconds: 59 })
  expect((await keys.current()).keyId).toBe(keyId)
  user.present.now = start.add({ seconds: 60 })
  // Its bytes belong to another id: that they are refused shows that they were read.
  await expect(keys.current()).rejects.toMatchObject({ code: 'platform.internal' })
})

test('a key that was altered or sealed with another secret signs nothing', async () => {
  await openKeys().current()
  await expect(openKeys(`${secret}!`).current()).rejects.toMatchObject({
    code: 'platform.internal',
  })
  await user.adminQuery(
    `update "user".signing_key
     set sealed_private_jwk = set_byte(sealed_private_jwk, 40, get_byte(sealed_private_jwk, 40) # 1)`,
  )
  const register = signInOf(user, 'acme').register('jo@example.com')
  await expect(register).rejects.toMatchObject({ code: 'platform.internal' })
  expect(await keyCount()).toBe(1)
})

test('private parts are sealed in the table, and tenants do not see it', async () => {
  const { accessToken } = await signInOf(user, 'acme').register('jo@example.com')
  const [row] = await user.adminQuery<{ key_id: string; sealed: string }>(
    `select key_id, encode(sealed_private_jwk, 'escape') as sealed from "user".signing_key`,
  )
  expect(row?.key_id).toBe(decodeProtectedHeader(accessToken).kid)
  expect(row?.sealed).not.toContain('kty')
  expect((await user.database.system(findNewestSigningKey))?.keyId).toBe(row?.key_id)
  expect(await user.database.tx('acme', findNewestSigningKey)).toBeUndefined()
})
