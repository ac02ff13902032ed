import { toProtoTimestamp } from '@purser/rpc'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startUser, type User } from './user-harness.ts'

let user: User
const now = Temporal.Instant.from('2026-02-15T12:00:00Z')
const week = 7 * 24 * 3_600

beforeAll(async () => {
  user = await startUser()
  await user.createTenant('acme')
  await user.createTenant('other')
})
afterAll(() => user.close())
beforeEach(() => {
  user.present.now = now
})

async function createKey(permissions = ['metering.*'], expireTime?: Temporal.Instant) {
  const { apiKey, secret } = await user.client.createApiKey(
    {
      tenant: 'acme',
      name: 'ingest',
      permissions,
      ...(expireTime ? { expireTime: toProtoTimestamp(expireTime) } : {}),
    },
    user.as('acme'),
  )
  return { id: apiKey?.apiKeyId ?? '', secret, apiKey }
}

const rotate = (apiKeyId: string, overlapSeconds: number, held = ['*'], tenant = 'acme') =>
  user.client.rotateApiKey({ tenant, apiKeyId, overlapSeconds }, user.as(tenant, held))

const verify = (secret: string) => user.client.verifyApiKey({ secret }, user.as('*'))
const refused = { code: 'auth.invalid_credentials' }

describe('rotating', () => {
  test('gives a new secret; the one until now works to the end of the overlap', async () => {
    const { id, secret, apiKey } = await createKey()
    user.present.now = now.add({ minutes: 1 })
    const answer = await rotate(id, 3_600)
    const end = now.add({ minutes: 61 })
    expect(answer.formerSecretExpireTime).toEqual(toProtoTimestamp(end))
    expect(answer.secret).not.toBe(secret)
    expect(answer.apiKey).toEqual({
      ...apiKey,
      prefix: answer.secret.slice(0, 11),
      rotateTime: toProtoTimestamp(now.add({ minutes: 1 })),
    })
    const of = { apiKeyId: id, tenant: 'acme', permissions: ['metering.*'] }
    expect(await verify(answer.secret)).toMatchObject(of)
    expect(await verify(secret)).toMatchObject({ ...of, expireTime: toProtoTimestamp(end) })
    user.present.now = end.subtract({ nanoseconds: 1_000 })
    expect(await verify(secret)).toMatchObject(of)
    user.present.now = end
    await expect(verify(secret)).rejects.toMatchObject(refused)
    expect(await verify(answer.secret)).toMatchObject(of)
    const { apiKeys } = await user.client.listApiKeys({ tenant: 'acme' }, user.as('acme'))
    expect(apiKeys.find(({ apiKeyId }) => apiKeyId === id)).toEqual(answer.apiKey)
  })

  test('without overlap ends every former secret at once', async () => {
    const { id, secret } = await createKey()
    const second = await rotate(id, week)
    const third = await rotate(id, 0)
    for (const former of [secret, second.secret]) {
      await expect(verify(former)).rejects.toMatchObject(refused)
    }
    expect((await verify(third.secret)).apiKeyId).toBe(id)
  })

  test('keeps several former secrets, none beyond its own overlap or the last one', async () => {
    const { id, secret } = await createKey()
    const second = await rotate(id, 60)
    const third = await rotate(id, 3_600)
    user.present.now = now.add({ seconds: 59 })
    for (const each of [secret, second.secret, third.secret]) await verify(each)
    user.present.now = now.add({ seconds: 60 })
    await expect(verify(secret)).rejects.toMatchObject(refused)
    expect((await verify(second.secret)).apiKeyId).toBe(id)
    await rotate(id, 5)
    user.present.now = now.add({ seconds: 65 })
    await expect(verify(second.secret)).rejects.toMatchObject(refused)
    await expect(verify(third.secret)).rejects.toMatchObject(refused)
  })

  test('never prolongs a key: it expires and is revoked with all its secrets', async () => {
    const expiring = await createKey(['metering.*'], now.add({ minutes: 5 }))
    const { secret: next } = await rotate(expiring.id, week)
    const end = toProtoTimestamp(now.add({ minutes: 5 }))
    for (const each of [expiring.secret, next]) expect((await verify(each)).expireTime).toEqual(end)
    user.present.now = now.add({ minutes: 5 })
    for (const each of [expiring.secret, next]) {
      await expect(verify(each)).rejects.toMatchObject(refused)
    }
    await expect(rotate(expiring.id, 0)).rejects.toMatchObject({ code: 'user.api_key_ended' })

    const revoked = await createKey()
    const { secret } = await rotate(revoked.id, week)
    await user.client.revokeApiKey({ tenant: 'acme', apiKeyId: revoked.id }, user.as('acme'))
    for (const each of [revoked.secret, secret]) {
      await expect(verify(each)).rejects.toMatchObject(refused)
    }
    await expect(rotate(revoked.id, 0)).rejects.toMatchObject({ code: 'user.api_key_ended' })
  })

  test('takes a caller who holds all that the key does', async () => {
    const { id, secret } = await createKey(['metering.*', 'billing.runs.read'])
    const held = ['user.api_keys.write', 'metering.*']
    await expect(rotate(id, 0, held)).rejects.toMatchObject({
      code: 'auth.permission_denied',
      fields: [{ field: 'api_key_id' }],
    })
    expect((await verify(secret)).apiKeyId).toBe(id)
    await rotate(id, 0, [...held, 'billing.*'])
  })

  test('is bounded to 7 days, and to keys of the tenant', async () => {
    const { id, secret } = await createKey()
    for (const seconds of [-1, week + 1]) {
      await expect(rotate(id, seconds)).rejects.toMatchObject({ code: 'request.invalid' })
    }
    const unknown = { code: 'resource.not_found' }
    await expect(rotate(id, 0, ['*'], 'other')).rejects.toMatchObject(unknown)
    await expect(rotate('key_nobody', 0)).rejects.toMatchObject(unknown)
    expect((await verify(secret)).apiKeyId).toBe(id)
  })

  test('many times at once leaves one secret, and all that were told until the overlap ends', async () => {
    const { id, secret } = await createKey()
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => rotate(id, 60)))
    const secrets = [secret, ...answers.map((answer) => answer.secret)]
    for (const each of secrets) expect((await verify(each)).apiKeyId).toBe(id)
    user.present.now = now.add({ seconds: 60 })
    const working = await Promise.allSettled(secrets.map(verify))
    expect(working.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('tells no secret but in its answer', async () => {
    const { id, secret } = await createKey()
    const next = await rotate(id, week)
    const rows = await user.adminQuery<{ text: string }>(
      `select k::text as text from "user".api_key as k
       union all select f::text from "user".former_api_key_secret as f
       union all select payload::text from "user".outbox`,
    )
    const everything = rows.map(({ text }) => text).join('\n')
    for (const each of [secret, next.secret]) expect(everything).not.toContain(each.slice(11))
    const events = (await user.events('acme')).filter(
      ({ subject }) => subject === 'api_key.rotated',
    )
    const formerSecretExpireTime = now.add({ seconds: week }).toString()
    expect(events.at(-1)?.payload).toEqual({
      api_key_id: id,
      former_secret_expire_time: formerSecretExpireTime,
    })
  })
})

describe('the last use', () => {
  const lastUsed = async (id: string) => {
    const { apiKeys } = await user.client.listApiKeys({ tenant: 'acme' }, user.as('acme'))
    return apiKeys.find(({ apiKeyId }) => apiKeyId === id)?.lastUsedTime
  }

  test('is noted of keys that work, at most once a minute a key', async () => {
    const { id, secret } = await createKey()
    const unused = await createKey()
    await verify(secret)
    expect(await lastUsed(id)).toBeUndefined()
    await user.writeUses()
    expect(await lastUsed(id)).toEqual(toProtoTimestamp(now))
    expect(await lastUsed(unused.id)).toBeUndefined()
    user.present.now = now.add({ seconds: 59 })
    await verify(secret)
    await user.writeUses()
    expect(await lastUsed(id)).toEqual(toProtoTimestamp(now))
    user.present.now = now.add({ seconds: 60 })
    await verify(secret)
    await user.writeUses()
    expect(await lastUsed(id)).toEqual(toProtoTimestamp(now.add({ seconds: 60 })))
  })

  test('is not noted of a secret that is refused', async () => {
    const { id, secret } = await createKey()
    await user.client.revokeApiKey({ tenant: 'acme', apiKeyId: id }, user.as('acme'))
    await expect(verify(secret)).rejects.toMatchObject(refused)
    await user.writeUses()
    expect(await lastUsed(id)).toBeUndefined()
  })

  test('of many keys of several tenants is written together', async () => {
    const theirs = await user.client.createApiKey(
      { tenant: 'other', name: 'theirs', permissions: ['*'] },
      user.as('other'),
    )
    const keys = await Promise.all(Array.from({ length: 20 }, () => createKey()))
    user.present.now = now.add({ hours: 1 })
    for (const { secret } of [...keys, theirs]) await verify(secret)
    await user.writeUses()
    const rows = await user.adminQuery<{ count: number }>(
      `select count(*)::int as count from "user".api_key where last_used_at = $1`,
      [user.present.now.toString()],
    )
    expect(rows).toEqual([{ count: 21 }])
  })
})
