import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findBuiltInRole } from '../../src/domain/role.ts'
import { refused as refusedSignIn, sessionOf, signInOf } from '../sign-in-harness.ts'
import { startUser, type User } from '../user-harness.ts'
import { groupUrn, refused, type Scim, scimOf } from './scim-harness.ts'

let user: User
let scim: Scim
let people: string[]
let group: { id: string; displayName: string }
let count = 0

const admin = findBuiltInRole('admin')?.permissions ?? []
const member = (value: string) => ({ value })
const add = (...ids: string[]) => [{ op: 'add', path: 'members', value: ids.map(member) }]
const membersOf = async (groupId: string): Promise<string[]> =>
  ((await scim.getGroup(groupId)).members ?? []).map(({ value }: { value: string }) => value)

beforeAll(async () => {
  user = await startUser()
  for (const tenant of ['acme', 'other']) await user.createTenant(tenant)
  scim = scimOf(user, 'acme')
})
afterAll(() => user.close())
beforeEach(async () => {
  count += 1
  const names = ['a', 'b', 'c'].map((name) => `${name}${count}@example.com`)
  people = await Promise.all(
    names.map(async (userName) => (await scim.createUser({ userName })).id),
  )
  people.sort()
  group = await scim.createGroup({
    displayName: `Group ${count}`,
    members: people.slice(0, 2).map(member),
  })
})

describe('a group', () => {
  test('is answered with its members, and its members with it', async () => {
    const [first = ''] = people
    const location = `/scim/v2/tenants/acme/Groups/${group.id}`
    expect(await scim.getGroup(group.id)).toEqual({
      schemas: [groupUrn],
      id: group.id,
      displayName: group.displayName,
      members: people.slice(0, 2).map((value) => ({
        value,
        $ref: `/scim/v2/tenants/acme/Users/${value}`,
        display: expect.any(String),
        type: 'User',
      })),
      meta: {
        resourceType: 'Group',
        created: '2026-02-15T12:00:00Z',
        lastModified: '2026-02-15T12:00:00Z',
        location,
      },
    })
    expect((await scim.getUser(first)).groups).toEqual([
      { value: group.id, $ref: location, display: group.displayName, type: 'direct' },
    ])
    expect(await scim.getGroup(group.id, 'excludedAttributes=members')).not.toHaveProperty(
      'members',
    )
  })

  test('has a name of its own, in whatever case', async () => {
    const displayName = group.displayName.toUpperCase()
    await expect(scim.createGroup({ displayName })).rejects.toMatchObject(refused('uniqueness'))
    const other = await scim.createGroup({ displayName: `Other ${count}` })
    await expect(scim.putGroup(other.id, { displayName })).rejects.toMatchObject(
      refused('uniqueness'),
    )
    await expect(scim.createGroup({ displayName: ' ' })).rejects.toMatchObject(
      refused('invalidValue'),
    )
  })

  test('is found by name, external id and member', async () => {
    await scim.patchGroup(group.id, [{ op: 'replace', value: { externalId: `Ext${count}` } }])
    const found = async (filter: string) =>
      (await scim.listGroups({ filter })).Resources.map(({ id }: { id: string }) => id)
    expect(await found(`displayName eq "${group.displayName.toLowerCase()}"`)).toEqual([group.id])
    expect(await found(`externalId eq "Ext${count}"`)).toEqual([group.id])
    expect(await found(`members.value eq "${people[0]}"`)).toEqual([group.id])
    expect(await found(`members[value eq "${people[2]}"]`)).toEqual([])
    await expect(found('owner pr')).rejects.toMatchObject(refused('invalidFilter'))
  })

  test('is replaced with its members, and removed', async () => {
    const [first = '', , third = ''] = people
    await scim.putGroup(group.id, { displayName: 'Anew', members: [member(third)] })
    expect(await membersOf(group.id)).toEqual([third])
    expect(await scim.putGroup(group.id, { displayName: `Anew ${count}` })).toMatchObject({
      members: [],
    })
    await scim.patchGroup(group.id, add(first))
    await scim.deleteGroup(group.id)
    await expect(scim.getGroup(group.id)).rejects.toMatchObject({ code: 'resource.not_found' })
    expect(await scim.getUser(first)).not.toHaveProperty('groups')
  })
})

describe('membership by PATCH (RFC 7644, section 3.5.2)', () => {
  test.each([
    ['add', (ids: string[]) => add(ids[2] ?? ''), [0, 1, 2]],
    ['add one that is in already', (ids: string[]) => add(ids[0] ?? ''), [0, 1]],
    [
      'remove by a filter',
      (ids: string[]) => [{ op: 'remove', path: `members[value eq "${ids[0]}"]` }],
      [1],
    ],
    [
      'remove by values',
      (ids: string[]) => [
        { op: 'Remove', path: 'members', value: [{ $ref: null, value: ids[1] }] },
      ],
      [0],
    ],
    [
      'remove two by one filter',
      (ids: string[]) => [
        { op: 'remove', path: `members[value eq "${ids[0]}" or value eq "${ids[1]}"]` },
      ],
      [],
    ],
    ['remove all', () => [{ op: 'remove', path: 'members' }], []],
    [
      'replace',
      (ids: string[]) => [{ op: 'replace', path: 'members', value: [{ value: ids[2] }] }],
      [2],
    ],
    ['replace by none', () => [{ op: 'replace', path: 'members', value: [] }], []],
    [
      'without a path',
      (ids: string[]) => [{ op: 'add', value: { members: [{ value: ids[2] }] } }],
      [0, 1, 2],
    ],
    [
      'several in order',
      (ids: string[]) => [
        { op: 'remove', path: 'members' },
        ...add(ids[2] ?? ''),
        ...add(ids[0] ?? ''),
      ],
      [0, 2],
    ],
    ['remove a stranger', () => [{ op: 'remove', path: 'members[value eq "usr_none"]' }], [0, 1]],
  ])('%s', async (_name, operations, expected) => {
    await scim.patchGroup(group.id, operations(people))
    expect(await membersOf(group.id)).toEqual(expected.map((index) => people[index]))
  })

  test.each([
    ['a stranger', add('usr_none'), 'invalidValue'],
    ['nobody', [{ op: 'add', path: 'members', value: [{}] }], 'invalidValue'],
    ['a number', [{ op: 'add', path: 'members', value: [7] }], 'invalidValue'],
    ['a filter by name', [{ op: 'remove', path: 'members[display sw "a"]' }], 'invalidFilter'],
    ['a filter to add', [{ op: 'add', path: 'members[value eq "x"]', value: {} }], 'invalidPath'],
    ['a part of a member', [{ op: 'replace', path: 'members.display', value: 'x' }], 'mutability'],
    ['no name', [{ op: 'remove', path: 'displayName' }], 'invalidValue'],
    ['too many', add(...Array.from({ length: 5_001 }, (_, n) => `usr_${n}`)), 'invalidValue'],
  ])('refuses %s', async (_name, operations, scimType) => {
    await expect(scim.patchGroup(group.id, operations)).rejects.toMatchObject(refused(scimType))
    expect(await membersOf(group.id)).toEqual(people.slice(0, 2))
  })

  test('of the same people in two groups at once loses nothing', async () => {
    const other = await scim.createGroup({ displayName: `Rival ${count}` })
    await Promise.all([
      ...people.map((id) => scim.patchGroup(group.id, add(id))),
      ...people.toReversed().map((id) => scim.patchGroup(other.id, add(id))),
      scim.patchGroup(other.id, add(...people.toReversed())),
    ])
    expect(await membersOf(group.id)).toEqual(people)
    expect(await membersOf(other.id)).toEqual(people)
  })
})

describe('the role of a group', () => {
  test('is given to members now and later, and taken from those who leave', async () => {
    const [first = '', , third = ''] = people
    expect(await scim.setRole(group.id, 'finance')).toMatchObject({
      groupId: group.id,
      role: 'finance',
    })
    expect(await scim.roleOf(first)).toBe('finance')
    expect(await scim.roleOf(third)).toBe('viewer')
    await scim.patchGroup(group.id, [
      ...add(third),
      { op: 'remove', path: `members[value eq "${first}"]` },
    ])
    expect(await scim.roleOf(third)).toBe('finance')
    expect(await scim.roleOf(first)).toBe('viewer')
    expect(await scim.eventsOf(first)).toEqual([
      'user.provisioned',
      'user.role_changed',
      'user.role_changed',
    ])
    await scim.setRole(group.id, 'support')
    expect(await scim.roleOf(third)).toBe('support')
    await scim.setRole(group.id, '')
    expect(await scim.roleOf(third)).toBe('viewer')
  })

  test('is lost with the group; of several groups the widest counts', async () => {
    const [first = ''] = people
    const wide = await scim.createGroup({ displayName: `Wide ${count}`, members: [member(first)] })
    await scim.setRole(group.id, 'developer')
    await scim.setRole(wide.id, 'admin')
    expect(await scim.roleOf(first)).toBe('admin')
    await scim.deleteGroup(wide.id)
    expect(await scim.roleOf(first)).toBe('developer')
  })

  test('is never the owner, nor taken from one', async () => {
    const [first = ''] = people
    await expect(scim.setRole(group.id, 'owner')).rejects.toMatchObject({
      code: 'request.invalid',
      fields: [{ field: 'role' }],
    })
    await user.adminQuery(`update "user".tenant_user set role_key = 'owner' where user_id = $1`, [
      first,
    ])
    await scim.setRole(group.id, 'finance')
    await scim.patchGroup(group.id, [{ op: 'remove', path: 'members' }])
    expect(await scim.roleOf(first)).toBe('owner')
  })

  test('that somebody gave by hand stays while no group gives it', async () => {
    const [first = ''] = people
    await user.adminQuery(
      `insert into "user".role (tenant_id, role_key, name, permissions, created_at)
       values ('acme', $1, 'x', '{}', now())`,
      [`own${count}`],
    )
    await user.client.setUserRole(
      { tenant: 'acme', userId: first, role: `own${count}` },
      user.as('acme'),
    )
    await scim.setRole(group.id, 'support')
    expect(await scim.roleOf(first)).toBe(`own${count}`)
  })

  test('must be held by who maps it, as must the former one', async () => {
    const narrow = ['user.roles.write', 'user.roles.read', 'user.users.read']
    const denied = { code: 'auth.permission_denied', fields: [{ field: 'role' }] }
    await expect(scim.setRole(group.id, 'admin', narrow)).rejects.toMatchObject(denied)
    await scim.setRole(group.id, 'admin', admin)
    await expect(scim.setRole(group.id, '', narrow)).rejects.toMatchObject(denied)
    await expect(scim.setRole(group.id, 'nobody')).rejects.toMatchObject({
      code: 'request.invalid',
    })
    await scim.setRole(group.id, '')
  })

  test('is not given to whoever registered with the address of somebody the provider knows', async () => {
    const email = `squatted${count}@example.com`
    const acme = signInOf(user, 'acme')
    const squatter = await acme.register(email)
    const userId = squatter.user?.userId ?? ''
    await expect(scim.createUser({ userName: email })).rejects.toMatchObject(refused('uniqueness'))
    await acme.resolve(sessionOf(squatter))

    const shoppers = await scim.createGroup({ displayName: `Shoppers ${count}` })
    await scim.setRole(shoppers.id, 'shopper')
    expect((await scim.createUser({ userName: email })).id).toBe(userId)
    await expect(acme.resolve(sessionOf(squatter))).rejects.toMatchObject(refusedSignIn)
    await expect(acme.login(email)).rejects.toMatchObject(refusedSignIn)
    await scim.setRole(group.id, 'admin')
    await scim.patchGroup(group.id, add(userId))
    expect(await scim.roleOf(userId)).toBe('admin')
    await expect(acme.login(email)).rejects.toMatchObject(refusedSignIn)
    await scim.deleteGroup(shoppers.id)
  })

  test('is listed, page by page', async () => {
    await scim.setRole(group.id, 'support')
    const list = (pageToken = '') =>
      user.client.listGroupRoles({ tenant: 'acme', pageSize: 2, pageToken }, user.as('acme'))
    const found: string[] = []
    let page = await list()
    for (;;) {
      found.push(...page.groups.map(({ groupId }) => groupId))
      if (page.nextPageToken === '') break
      page = await list(page.nextPageToken)
    }
    expect(new Set(found).size).toBe(found.length)
    expect(found).toContain(group.id)
    const theirs = await user.client.listGroupRoles({ tenant: 'other' }, user.as('other'))
    expect(theirs.groups).toEqual([])
  })

  test('keeps the role from being removed', async () => {
    const roleKey = `mapped${count}`
    const empty = await scim.createGroup({ displayName: `Empty ${count}` })
    await user.client.createRole(
      { tenant: 'acme', roleKey, name: 'x', permissions: ['user.self.read'] },
      user.as('acme'),
    )
    await scim.setRole(empty.id, roleKey)
    const removing = () => user.client.deleteRole({ tenant: 'acme', roleKey }, user.as('acme'))
    await expect(removing()).rejects.toMatchObject({ code: 'role.in_use' })
    await scim.setRole(empty.id, '')
    await removing()
  })
})

test('another tenant finds no group here', async () => {
  const other = scimOf(user, 'other')
  const notFound = { code: 'resource.not_found' }
  await expect(other.getGroup(group.id)).rejects.toMatchObject(notFound)
  await expect(other.patchGroup(group.id, add('x'))).rejects.toMatchObject(notFound)
  await expect(other.deleteGroup(group.id)).rejects.toMatchObject(notFound)
  await expect(other.setRole(group.id, 'viewer')).rejects.toMatchObject(notFound)
  expect((await other.listGroups()).totalResults).toBe(0)
})
