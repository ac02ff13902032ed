import { ApiKeyCreator_Kind as Kind, UserStatus } from '@purser/contracts/user/v1/user'
import { callValues } from '@purser/rpc'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Team, teamOf } from './team-harness.ts'
import { startUser, type User } from './user-harness.ts'

let user: User
let team: Team

beforeAll(async () => {
  user = await startUser()
  await user.createTenant('acme')
  team = teamOf(user, 'acme')
  await team.member('owner@acme.test', 'owner')
})
afterAll(() => user.close())

const asKey = (id: string) => ({
  contextValues: callValues({ kind: 'api_key', id, tenant: 'acme', permissions: ['*'] }, ''),
})

type Caller = Parameters<User['client']['createApiKey']>[1]

async function createKey(caller: Caller) {
  const request = { tenant: 'acme', name: 'key', permissions: ['metering.*'] }
  const { apiKey, secret } = await user.client.createApiKey(request, caller)
  return { id: apiKey?.apiKeyId ?? '', secret, createdBy: apiKey?.createdBy }
}

const asPerson = (userId: string) => user.asPerson('acme', userId, ['*'])

async function works(secret: string): Promise<boolean> {
  const answer = user.client.verifyApiKey({ secret }, user.as('*'))
  return await answer.then(
    () => true,
    () => false,
  )
}

/** A person's key, a key made with it, one made with that, and keys of others. */
async function keysOf(userId: string) {
  const own = await createKey(asPerson(userId))
  const byOwn = await createKey(asKey(own.id))
  const byThat = await createKey(asKey(byOwn.id))
  const ofService = await createKey(user.as('acme'))
  const byService = await createKey(asKey(ofService.id))
  return { theirs: [own, byOwn, byThat], others: [ofService, byService] }
}

const workingOf = async (keys: readonly { secret: string }[]) => {
  const working = await Promise.all(keys.map(({ secret }) => works(secret)))
  return working.filter((each) => each).length
}

test('a key tells who created it', async () => {
  const ann = await team.member('ann@acme.test', 'admin')
  const { theirs, others } = await keysOf(ann)
  expect([...theirs, ...others].map(({ createdBy }) => createdBy)).toMatchObject([
    { kind: Kind.USER, id: ann },
    { kind: Kind.API_KEY, id: theirs[0]?.id },
    { kind: Kind.API_KEY, id: theirs[1]?.id },
    { kind: Kind.SERVICE, id: 'test' },
    { kind: Kind.API_KEY, id: others[0]?.id },
  ])
})

describe('shutting a person out', () => {
  test('revokes their keys and those made with them, and no other', async () => {
    const bob = await team.member('bob@acme.test', 'admin')
    const cid = await team.member('cid@acme.test', 'admin')
    const [bobs, cids] = [await keysOf(bob), await keysOf(cid)]
    await team.disable(bob)
    expect(await workingOf(bobs.theirs)).toBe(0)
    expect(await workingOf(bobs.others)).toBe(2)
    expect(await workingOf([...cids.theirs, ...cids.others])).toBe(5)
    const events = await user.events('acme')
    const revoked = events.filter(({ subject }) => subject === 'api_key.revoked')
    const ids = revoked.map(({ payload }) => (payload as { api_key_id: string }).api_key_id)
    expect(ids.toSorted()).toEqual(bobs.theirs.map(({ id }) => id).toSorted())
    await team.enable(bob)
    expect(await workingOf(bobs.theirs)).toBe(0)
  })

  test('leaves the keys when told so, and revokes them when told otherwise later', async () => {
    const dee = await team.member('dee@acme.test', 'admin')
    const { theirs } = await keysOf(dee)
    const disable = (revokeApiKeys: boolean) =>
      user.client.disableUser({ tenant: 'acme', userId: dee, revokeApiKeys }, user.as('acme'))
    expect((await disable(false)).status).toBe(UserStatus.DISABLED)
    expect(await workingOf(theirs)).toBe(3)
    expect((await disable(true)).status).toBe(UserStatus.DISABLED)
    expect(await workingOf(theirs)).toBe(0)
  })

  test('leaves no key to who is still let through for a moment', async () => {
    const eve = await team.member('eve@acme.test', 'admin')
    const { theirs, others } = await keysOf(eve)
    await team.disable(eve)
    const before = await user.client.listApiKeys({ tenant: 'acme' }, user.as('acme'))
    const denied = { code: 'auth.permission_denied' }
    const rotation = { tenant: 'acme', apiKeyId: others[0]?.id ?? '', overlapSeconds: 60 }
    for (const caller of [asPerson(eve), ...theirs.map(({ id }) => asKey(id))]) {
      await expect(createKey(caller)).rejects.toMatchObject(denied)
      await expect(user.client.rotateApiKey(rotation, caller)).rejects.toMatchObject(denied)
    }
    const after = await user.client.listApiKeys({ tenant: 'acme' }, user.as('acme'))
    expect(after.apiKeys).toEqual(before.apiKeys)
  })

  test('and making keys at the same time leaves none that works', async () => {
    const fay = await team.member('fay@acme.test', 'admin')
    const first = await createKey(asPerson(fay))
    const made: { secret: string }[] = [first]
    const make = (caller: Caller) =>
      createKey(caller).then(
        (key) => made.push(key),
        () => 0,
      )
    const makers = Array.from({ length: 10 }, (_, index) =>
      make(index % 2 === 0 ? asPerson(fay) : asKey(first.id)),
    )
    await Promise.all([...makers.slice(0, 5), team.disable(fay), ...makers.slice(5)])
    expect(await workingOf(made)).toBe(0)
  })
})
