import { toProtoTimestamp } from '@purser/rpc'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startUser, type User } from './user-harness.ts'

let user: User

beforeAll(async () => {
  user = await startUser()
  await user.createTenant('acme')
  await user.createTenant('other')
})
afterAll(() => user.close())

const now = Temporal.Instant.from('2026-02-15T12:00:00Z')
beforeEach(() => {
  user.present.now = now
})

type NewKey = { permissions?: string[]; expireTime?: Temporal.Instant; held?: string[] }

async function createKey({ permissions = ['metering.*'], expireTime, held = ['*'] }: NewKey = {}) {
  const request = {
    tenant: 'acme',
    name: 'ingest',
    permissions,
    ...(expireTime ? { expireTime: toProtoTimestamp(expireTime) } : {}),
  }
  const answer = await user.client.createApiKey(request, user.as('acme', held))
  return { id: answer.apiKey?.apiKeyId ?? '', secret: answer.secret, apiKey: answer.apiKey }
}

const verify = (secret: string) => user.client.verifyApiKey({ secret }, user.as('*'))

const revoke = (apiKeyId: string, tenant = 'acme') =>
  user.client.revokeApiKey({ tenant, apiKeyId }, user.as(tenant))

describe('a key', () => {
  test('is verified as what it was created as', async () => {
    const expireTime = now.add({ hours: 1 })
    const { id, secret } = await createKey({
      permissions: ['a.b', 'metering.*', 'a.b'],
      expireTime,
    })
    expect(secret).toMatch(/^pk_[A-Za-z0-9_-]{43}_[A-Za-z0-9_-]{6}$/)
    expect(await verify(secret)).toMatchObject({
      apiKeyId: id,
      tenant: 'acme',
      permissions: ['a.b', 'metering.*'],
      expireTime: toProtoTimestamp(expireTime),
    })
  })

  test('shows its secret once: lists, rows and events do not hold it', async () => {
    const { id, secret, apiKey } = await createKey()
    const { apiKeys } = await user.client.listApiKeys({ tenant: 'acme' }, user.as('acme'))
    expect(apiKeys.find(({ apiKeyId }) => apiKeyId === id)).toEqual(apiKey)
    expect(apiKey?.prefix).toBe(secret.slice(0, 11))
    const rows = await user.adminQuery<{ text: string }>(
      `select k::text as text from "user".api_key as k
       union all
       select payload::text from "user".outbox`,
    )
    const everything = rows.map(({ text }) => text).join('\n')
    expect(everything).toContain(id)
    expect(everything).not.toContain(secret.slice(11))
  })

  test('is listed newest first, in its own tenant alone', async () => {
    const first = await createKey()
    user.present.now = now.add({ seconds: 1 })
    const second = await createKey()
    const { apiKeys } = await user.client.listApiKeys({ tenant: 'acme' }, user.as('acme'))
    const ids = apiKeys.map(({ apiKeyId }) => apiKeyId)
    expect(ids.indexOf(second.id)).toBeLessThan(ids.indexOf(first.id))
    const theirs = await user.client.listApiKeys({ tenant: 'other' }, user.as('other'))
    expect(theirs.apiKeys).toEqual([])
  })

  test('must expire in the future', async () => {
    await expect(createKey({ expireTime: now })).rejects.toMatchObject({
      code: 'request.invalid',
      fields: [{ field: 'expire_time' }],
    })
  })
})

describe('a grant', () => {
  test.each([
    [['*'], ['*']],
    [
      ['metering.*', 'user.api_keys.write'],
      ['metering.events.*', 'metering.events.write'],
    ],
    [['user.*'], ['user.*', 'user.api_keys.write']],
  ])('%j may grant %j', async (held, permissions) => {
    expect((await createKey({ held, permissions })).apiKey?.permissions).toEqual(permissions)
  })

  test.each([
    [['user.*'], ['user.accounts.read', '*'], ['permissions[1]']],
    [['user.api_keys.write', 'metering.events.*'], ['metering.*'], ['permissions[0]']],
    [['user.*'], ['metering.a.b', 'billing.a.b'], ['permissions[0]', 'permissions[1]']],
  ])('%j may not grant %j', async (held, permissions, fields) => {
    const before = await user.events('acme')
    await expect(createKey({ held, permissions })).rejects.toMatchObject({
      code: 'auth.permission_denied',
      fields: fields.map((field) => ({ field })),
    })
    expect(await user.events('acme')).toEqual(before)
  })
})

describe('a refusal is the same for a key that is', () => {
  const refused = {
    code: 'auth.invalid_credentials',
    message: 'The API key is not valid.',
    fields: [],
  }

  test('malformed or unknown', async () => {
    await expect(verify('pk_nonsense')).rejects.toMatchObject(refused)
    const { secret } = await createKey()
    const damaged = secret.slice(0, -1) + (secret.endsWith('A') ? 'B' : 'A')
    await expect(verify(damaged)).rejects.toMatchObject(refused)
    await expect(verify(`pk_${'A'.repeat(43)}_GXGtVg`)).rejects.toMatchObject(refused)
  })

  test('expired, from the instant on', async () => {
    const expireTime = now.add({ minutes: 5 })
    const { secret } = await createKey({ expireTime })
    user.present.now = expireTime.subtract({ nanoseconds: 1_000 })
    expect((await verify(secret)).tenant).toBe('acme')
    user.present.now = expireTime
    await expect(verify(secret)).rejects.toMatchObject(refused)
  })

  test('revoked', async () => {
    const { id, secret } = await createKey()
    await revoke(id)
    await expect(verify(secret)).rejects.toMatchObject(refused)
  })
})

describe('revoking', () => {
  test('again keeps the time and publishes nothing, also at the same time', async () => {
    const { id } = await createKey()
    const answers = await Promise.all([revoke(id), revoke(id), revoke(id)])
    user.present.now = now.add({ hours: 1 })
    answers.push(await revoke(id))
    for (const key of answers) expect(key.revokeTime).toEqual(toProtoTimestamp(now))
    const events = await user.events('acme')
    const payload = { api_key_id: id }
    expect(events.filter(({ subject }) => subject === 'api_key.revoked').at(-1)).toEqual({
      subject: 'api_key.revoked',
      payload,
    })
    const revoked = events.filter(
      (event) => event.subject === 'api_key.revoked' && JSON.stringify(event.payload).includes(id),
    )
    expect(revoked).toHaveLength(1)
  })

  test("another tenant's key is not found and goes on working", async () => {
    const { id, secret } = await createKey()
    await expect(revoke(id, 'other')).rejects.toMatchObject({ code: 'resource.not_found' })
    expect((await verify(secret)).apiKeyId).toBe(id)
  })
})
