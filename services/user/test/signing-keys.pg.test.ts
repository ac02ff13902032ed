import type { Tx } from '@purser/postgres'
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { createSigningKeys } from '../src/credentials/signing-keys.ts'
import { listSigningKeys } from '../src/store/signing-key.ts'
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
    log: user.log,
  })

const kids = async () => (await jwks()).keys.map(({ kid }) => kid)

/** As if the key's bytes had been changed in the table. */
const alter = (keyId: string) =>
  user.adminQuery(
    `update "user".signing_key
     set sealed_private_jwk = set_byte(sealed_private_jwk, 40, get_byte(sealed_private_jwk, 40) # 1)
     where key_id = $1`,
    [keyId],
  )

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

test('a key is followed by the next after 30 days, which is listed before it signs', async () => {
  const keys = openKeys()
  const { keyId } = await keys.current()
  user.present.now = start.add({ hours: 720 }).subtract({ nanoseconds: 1_000 })
  expect((await keys.current()).keyId).toBe(keyId)
  expect(await kids()).toEqual([keyId])
  user.present.now = start.add({ hours: 720, minutes: 1 })
  expect((await keys.current()).keyId).toBe(keyId)
  const [successor] = await kids()
  expect(await kids()).toEqual([successor, keyId])
  user.present.now = start.add({ hours: 720, minutes: 10 })
  expect((await keys.current()).keyId).toBe(keyId)
  user.present.now = start.add({ hours: 720, minutes: 11 })
  expect((await keys.current()).keyId).toBe(successor)
  expect((await openKeys().current()).keyId).toBe(successor)
  expect(await keyCount()).toBe(2)
})

test('a key is listed for 60 days', async () => {
  const { keyId } = await openKeys().current()
  user.present.now = start.add({ hours: 1_440 }).subtract({ nanoseconds: 1_000 })
  expect(await kids()).toEqual([keyId])
  user.present.now = start.add({ hours: 1_440 })
  expect(await kids()).toEqual([])
})

test('after a pause longer than a key signs, the next one signs at once', async () => {
  const { keyId } = await openKeys().current()
  user.present.now = start.add({ hours: 1_000 })
  const { keyId: next } = await openKeys().current()
  expect(next).not.toBe(keyId)
  expect(await kids()).toEqual([next, keyId])
  expect(user.lines).toEqual([])
})

test('a process knows what became of keys after 60 seconds', async () => {
  const keys = openKeys()
  const { keyId } = await keys.current()
  await alter(keyId)
  user.present.now = start.add({ seconds: 59 })
  expect((await keys.current()).keyId).toBe(keyId)
  user.present.now = start.add({ seconds: 60 })
  expect((await keys.current()).keyId).not.toBe(keyId)
})

describe('a key that was altered or sealed with another secret', () => {
  test('is retired with a line that says why, and sign-in goes on with a new one', async () => {
    const sealed = (await openKeys(`${secret}!`).current()).keyId
    const { refreshToken } = await signInOf(user, 'acme').register('jo@example.com')
    const answer = await signInOf(user, 'acme').refresh(refreshToken)
    const kid = decodeProtectedHeader(answer.accessToken).kid
    expect(kid).not.toBe(sealed)
    expect(await keyCount()).toBe(2)
    const told = user.lines.map((line) => JSON.parse(line))
    expect(told).toEqual([expect.objectContaining({ level: 'error', keyIds: [sealed] })])
    expect(told[0].msg).toContain('PURSER_SECRET was changed')
  })

  test('is listed until its last tokens are over, and no longer', async () => {
    const { keyId: sealed } = await openKeys(`${secret}!`).current()
    user.present.now = start.add({ minutes: 1 })
    const { keyId } = await openKeys().current()
    user.present.now = start.add({ minutes: 16 }).subtract({ nanoseconds: 1_000 })
    expect(await kids()).toEqual([keyId, sealed])
    user.present.now = start.add({ minutes: 16 })
    expect(await kids()).toEqual([keyId])
  })

  test('is one new key for 20 processes at once', async () => {
    await openKeys(`${secret}!`).current()
    const keys = await Promise.all(Array.from({ length: 20 }, () => openKeys().current()))
    expect(new Set(keys.map(({ keyId }) => keyId)).size).toBe(1)
    expect(await keyCount()).toBe(2)
  })

  test('goes on for 5 minutes where it can be opened, so that a rolling change makes two keys', async () => {
    const [former, next] = [openKeys(`${secret}!`), openKeys()]
    const { keyId: formerId } = await former.current()
    const { keyId } = await next.current()
    for (const minutes of [1, 2, 3, 4]) {
      user.present.now = start.add({ minutes })
      expect((await former.current()).keyId).toBe(formerId)
      expect((await next.current()).keyId).toBe(keyId)
    }
    expect(await keyCount()).toBe(2)
  })

  test('does not matter beside one that can be opened', async () => {
    const { keyId } = await openKeys().current()
    user.present.now = start.add({ hours: 720 })
    await openKeys().current()
    const [successor] = await kids()
    await alter(String(successor))
    expect((await openKeys().current()).keyId).toBe(keyId)
  })
})

test('private parts are sealed in the table, and tenants do not see it', async () => {
  const { accessToken } = await signInOf(user, 'acme').register('jo@example.com')
  const [row] = await user.adminQuery<{ key_id: string; sealed: string }>(
    `select key_id, encode(sealed_private_jwk, 'escape') as sealed from "user".signing_key`,
  )
  expect(row?.key_id).toBe(decodeProtectedHeader(accessToken).kid)
  expect(row?.sealed).not.toContain('kty')
  const list = (tx: Tx) => listSigningKeys(tx, start.subtract({ hours: 1 }))
  expect((await user.database.system(list)).map(({ keyId }) => keyId)).toEqual([row?.key_id])
  expect(await user.database.tx('acme', list)).toEqual([])
})
