import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startUser, type User } from '../user-harness.ts'
import { type Scim, scimOf } from './scim-harness.ts'

let user: User
let scim: Scim
let id: string
let userName: string
let count = 0

const session = (sessionId: string) =>
  user.client.resolveSession({ tenant: 'acme', sessionId }, user.as('*'))
const gone = { code: 'auth.invalid_credentials' }

beforeAll(async () => {
  user = await startUser()
  await user.createTenant('acme')
  scim = scimOf(user, 'acme')
})
afterAll(() => user.close())
beforeEach(async () => {
  count += 1
  userName = `p${count}@example.com`
  id = (await scim.createUser({ userName, title: 'Guide' })).id
  await user.adminQuery(
    `insert into "user".session
       (tenant_id, session_id, user_id, user_agent, created_at, refreshed_at, expires_at)
     values ('acme', $1, $2, '', $3, $3, '2026-12-31')`,
    [`ses_${count}`, id, user.present.now.toString()],
  )
})

const apiKeyOfPerson = async () => {
  const request = { tenant: 'acme', name: 'mine', permissions: ['user.self.read'] }
  const caller = user.asPerson('acme', id, ['user.self.*', 'user.api_keys.write'])
  return (await user.client.createApiKey(request, caller)).secret
}

test.each([
  [
    'active: false by PATCH',
    () => scim.patchUser(id, [{ op: 'Replace', path: 'active', value: 'False' }]),
  ],
  ['active: false by PUT', () => scim.putUser(id, { userName, active: false })],
  ['DELETE', () => scim.deleteUser(id)],
])('%s ends sessions and API keys at once', async (_name, deprovision) => {
  const secret = await apiKeyOfPerson()
  expect((await session(`ses_${count}`)).userId).toBe(id)
  await deprovision()
  await expect(session(`ses_${count}`)).rejects.toMatchObject(gone)
  await expect(user.client.verifyApiKey({ secret }, user.as('*'))).rejects.toMatchObject(gone)
  expect(await scim.eventsOf(id)).toContain('user.disabled')
})

describe('whoever is not active', () => {
  test('is still kept, and comes back without sessions', async () => {
    await scim.patchUser(id, [{ op: 'replace', value: { active: false } }])
    expect(await scim.getUser(id)).toMatchObject({ active: false, title: 'Guide' })
    expect((await scim.patchUser(id, [{ op: 'replace', value: { active: true } }])).active).toBe(
      true,
    )
    await expect(session(`ses_${count}`)).rejects.toMatchObject(gone)
    expect((await scim.eventsOf(id)).slice(-2)).toEqual(['user.disabled', 'user.enabled'])
  })

  test('may be told so again', async () => {
    for (let round = 0; round < 2; round++) await scim.putUser(id, { userName, active: false })
    const events = await scim.eventsOf(id)
    expect(events.filter((subject) => subject === 'user.disabled')).toHaveLength(1)
  })
})

describe('whoever was removed', () => {
  test('is unknown to the provider, but the row stays without what it told', async () => {
    const group = await scim.createGroup({ displayName: `G${count}`, members: [{ value: id }] })
    await scim.setRole(group.id, 'finance')
    await scim.deleteUser(id)
    const notFound = { code: 'resource.not_found' }
    await expect(scim.getUser(id)).rejects.toMatchObject(notFound)
    await expect(scim.deleteUser(id)).rejects.toMatchObject(notFound)
    await expect(scim.patchUser(id, [{ op: 'remove', path: 'title' }])).rejects.toMatchObject(
      notFound,
    )
    expect(await scim.find(`userName eq "${userName}"`)).toEqual([])
    expect((await scim.getGroup(group.id)).members).toEqual([])
    const rows = await user.adminQuery(
      `select status, role_key, attributes from "user".tenant_user join "user".provisioned_user
         using (tenant_id, user_id) where user_id = $1`,
      [id],
    )
    expect(rows).toEqual([{ status: 'disabled', role_key: 'viewer', attributes: {} }])
  })

  test('comes back as the same person, with nothing of before', async () => {
    await scim.deleteUser(id)
    const again = await scim.createUser({ userName, displayName: 'Back' })
    expect(again).toMatchObject({ id, active: true, displayName: 'Back' })
    expect(again).not.toHaveProperty('title')
    await expect(session(`ses_${count}`)).rejects.toMatchObject(gone)
  })
})

describe('the last owner', () => {
  test('stays, whatever the provider says', async () => {
    await user.adminQuery(`update "user".tenant_user set role_key = 'owner' where user_id = $1`, [
      id,
    ])
    const last = { code: 'user.last_owner' }
    await expect(scim.deleteUser(id)).rejects.toMatchObject(last)
    await expect(scim.putUser(id, { userName, active: false })).rejects.toMatchObject(last)
    expect((await session(`ses_${count}`)).userId).toBe(id)
  })

  test('of two removed at once one stays', async () => {
    await user.adminQuery(
      `update "user".tenant_user set role_key = 'viewer' where role_key = 'owner'`,
    )
    const other = (await scim.createUser({ userName: `second${count}@example.com` })).id
    await user.adminQuery(
      `update "user".tenant_user set role_key = 'owner' where user_id = any($1)`,
      [[id, other]],
    )
    const results = await Promise.allSettled([scim.deleteUser(id), scim.deleteUser(other)])
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })
})
