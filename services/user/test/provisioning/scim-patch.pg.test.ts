import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startUser, type User } from '../user-harness.ts'
import { refused, type Scim, scimOf, userUrn } from './scim-harness.ts'

let user: User
let scim: Scim
let id: string
let count = 0

const work = { value: 'w@example.com', type: 'work', primary: true }
const home = { value: 'h@example.com', type: 'home' }
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

beforeAll(async () => {
  user = await startUser()
  await user.createTenant('acme')
  scim = scimOf(user, 'acme')
})
afterAll(() => user.close())
beforeEach(async () => {
  count += 1
  const created = await scim.createUser({
    userName: `p${count}@example.com`,
    externalId: 'e1',
    displayName: 'Babs Jensen',
    name: { givenName: 'Babs', familyName: 'Jensen' },
    title: 'Guide',
    emails: [work, home],
  })
  id = created.id
})

const patched = (operations: unknown) => scim.patchUser(id, operations)

describe('the operations of RFC 7644, section 3.5.2', () => {
  test('add a value to several, keep what is there, and one primary', async () => {
    const other = { value: 'o@example.com', type: 'other', primary: true }
    const { emails } = await patched([{ op: 'add', path: 'emails', value: [other, home] }])
    expect(emails).toEqual([{ ...work, primary: false }, home, other])
  })

  test('add attributes without a path', async () => {
    const value = { nickName: 'Babs', emails: [{ value: 'o@example.com', type: 'other' }] }
    const resource = await patched([{ op: 'add', value }])
    expect(resource.nickName).toBe('Babs')
    expect(resource.emails).toHaveLength(3)
  })

  test('remove an attribute, a sub-attribute, elements by a filter, and a value of an element', async () => {
    expect(await patched([{ op: 'remove', path: 'title' }])).not.toHaveProperty('title')
    expect((await patched([{ op: 'remove', path: 'name.givenName' }])).name).toEqual({
      familyName: 'Jensen',
    })
    const filtered = await patched([
      { op: 'remove', path: 'emails[type eq "work" and value ew "example.com"]' },
    ])
    expect(filtered.emails).toEqual([home])
    const bare = await patched([{ op: 'remove', path: 'emails[type eq "home"].type' }])
    expect(bare.emails).toEqual([{ value: 'h@example.com' }])
  })

  test('replace one attribute, sub-attributes, and values that a filter chooses', async () => {
    const resource = await patched([
      { op: 'replace', path: 'title', value: 'Chief' },
      { op: 'replace', path: 'name.familyName', value: 'Smith' },
      { op: 'replace', path: 'emails[type eq "work"].value', value: 'new@example.com' },
      {
        op: 'replace',
        path: 'emails[type eq "home"]',
        value: { type: 'other', value: 'x@example.com' },
      },
    ])
    expect(resource).toMatchObject({
      title: 'Chief',
      name: { givenName: 'Babs', familyName: 'Smith' },
      emails: [
        { ...work, value: 'new@example.com' },
        { value: 'x@example.com', type: 'other' },
      ],
    })
    expect(await scim.getUser(id)).toEqual(resource)
  })

  test('replace several attributes without a path', async () => {
    const resource = await patched([
      { op: 'replace', value: { emails: [home], nickName: 'B', externalId: 'e2' } },
    ])
    expect(resource).toMatchObject({
      emails: [home],
      nickName: 'B',
      externalId: 'e2',
      title: 'Guide',
    })
  })

  test('work one after the other, all or none', async () => {
    const twice = await patched([
      { op: 'add', path: 'emails', value: { value: 'a@example.com', type: 'other' } },
      { op: 'replace', path: 'emails[type eq "other"].value', value: 'b@example.com' },
      { op: 'remove', path: 'emails[type eq "work"]' },
    ])
    expect(twice.emails).toEqual([home, { value: 'b@example.com', type: 'other' }])
    const half = [
      { op: 'replace', path: 'title', value: 'Lost' },
      { op: 'remove', path: 'userName' },
    ]
    await expect(patched(half)).rejects.toMatchObject(refused('invalidValue'))
    expect((await scim.getUser(id)).title).toBe('Guide')
  })
})

describe('dialects', () => {
  test.each([
    ['op in capitals', [{ op: 'Replace', path: 'active', value: false }]],
    ['active as text', [{ op: 'Replace', path: 'active', value: 'False' }]],
    ['no path', [{ op: 'replace', value: { active: false } }]],
    ['a path with its URN', [{ op: 'replace', path: `${userUrn}:active`, value: 'false' }]],
    ['names in any case', [{ OP: 'REPLACE', PATH: 'ACTIVE', VALUE: false }]],
  ])('shut out by %s', async (_name, operations) => {
    expect((await patched(operations)).active).toBe(false)
  })

  test('make the element that a filter describes', async () => {
    const resource = await patched([
      { op: 'Add', path: 'phoneNumbers[type eq "mobile"].value', value: '555' },
      {
        op: 'replace',
        path: 'emails[type eq "other" and primary eq true].value',
        value: 'o@example.com',
      },
    ])
    expect(resource.phoneNumbers).toEqual([{ type: 'mobile', value: '555' }])
    expect(resource.emails).toContainEqual({ type: 'other', primary: true, value: 'o@example.com' })
  })

  test('name sub-attributes in a value, also under the URN', async () => {
    const value = { 'name.givenName': 'Barbara', [userUrn]: { title: 'Chief' } }
    expect(await patched([{ op: 'replace', value }])).toMatchObject({
      name: { givenName: 'Barbara', familyName: 'Jensen' },
      title: 'Chief',
    })
  })

  test('send along what is not kept here', async () => {
    const before = await scim.getUser(id)
    const after = await patched([
      { op: 'add', path: `${enterprise}:department`, value: 'Tours' },
      { op: 'replace', path: 'addresses[type eq "work"].country', value: 'US' },
      { op: 'replace', value: { id, schemas: [userUrn], [enterprise]: { manager: 'x' } } },
      { op: 'add', path: 'roles', value: [{ value: 'admin' }] },
    ])
    expect(after).toEqual(before)
  })

  test('take away with an empty value', async () => {
    const resource = await patched([
      { op: 'replace', path: 'title', value: null },
      { op: 'replace', path: 'emails', value: [] },
    ])
    expect(resource).not.toHaveProperty('title')
    expect(resource.emails).toEqual([
      { value: `p${count}@example.com`, type: 'work', primary: true },
    ])
  })
})

describe('refused', () => {
  test.each([
    ['no operations', [], 'invalidSyntax'],
    ['operations that are no list', {}, 'invalidSyntax'],
    ['an operation that is none', ['x'], 'invalidSyntax'],
    ['an unknown op', [{ op: 'move', path: 'title', value: 'x' }], 'invalidSyntax'],
    ['no path to remove', [{ op: 'remove' }], 'noTarget'],
    ['a path that is no text', [{ op: 'add', path: 7, value: 1 }], 'invalidPath'],
    ['an unknown attribute', [{ op: 'add', path: 'secret', value: 'x' }], 'invalidPath'],
    ['an unknown sub-attribute', [{ op: 'add', path: 'name.secret', value: 'x' }], 'invalidPath'],
    ['a path too long', [{ op: 'add', path: 'name.givenName.x', value: 'x' }], 'invalidPath'],
    [
      'a filter of one value',
      [{ op: 'add', path: 'title[value eq "x"]', value: 'x' }],
      'invalidPath',
    ],
    ['a malformed filter', [{ op: 'remove', path: 'emails[type eq]' }], 'invalidFilter'],
    ['a huge filter', [{ op: 'remove', path: `emails[${'('.repeat(50_000)}]` }], 'invalidFilter'],
    ['an open filter', [{ op: 'remove', path: 'emails[type eq "work"' }], 'invalidPath'],
    [
      'what no element is',
      [{ op: 'replace', path: 'emails[value sw "none"].type', value: 'work' }],
      'noTarget',
    ],
    ['what is read only', [{ op: 'replace', path: 'groups', value: [] }], 'mutability'],
    ['another id', [{ op: 'replace', path: 'id', value: 'x' }], 'mutability'],
    ['a wrong type', [{ op: 'replace', path: 'active', value: 'maybe' }], 'invalidValue'],
    ['a list for a text', [{ op: 'replace', path: 'title', value: ['x'] }], 'invalidValue'],
    ['no object without a path', [{ op: 'add', value: 'x' }], 'invalidValue'],
    ['no userName', [{ op: 'replace', path: 'userName', value: null }], 'invalidValue'],
    [
      'a userName that is no address',
      [{ op: 'replace', path: 'userName', value: 'x' }],
      'invalidValue',
    ],
    [
      'too many operations',
      Array.from({ length: 101 }, () => ({ op: 'remove', path: 'title' })),
      'tooMany',
    ],
    ['the prototype', [{ op: 'add', path: '__proto__.x', value: 1 }], 'invalidPath'],
  ])('%s', async (_name, operations, scimType) => {
    const before = await scim.getUser(id)
    await expect(patched(operations)).rejects.toMatchObject(refused(scimType))
    expect(await scim.getUser(id)).toEqual(before)
  })

  test('a message of another kind', async () => {
    const body = scim.body({ Operations: [{ op: 'remove', path: 'title' }] })
    const patching = user.client.patchProvisionedUser(
      { tenant: 'acme', userId: id, body },
      user.as('acme'),
    )
    await expect(patching).rejects.toMatchObject(refused('invalidSyntax'))
  })

  test('somebody unknown', async () => {
    const patching = scim.patchUser('usr_none', [{ op: 'remove', path: 'title' }])
    await expect(patching).rejects.toMatchObject({ code: 'resource.not_found' })
  })
})
