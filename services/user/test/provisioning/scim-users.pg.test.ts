import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startUser, type User } from '../user-harness.ts'
import { refused, type Scim, scimOf, userUrn } from './scim-harness.ts'

let user: User
let scim: Scim

beforeAll(async () => {
  user = await startUser()
  for (const tenant of ['acme', 'other']) await user.createTenant(tenant)
  scim = scimOf(user, 'acme')
})
afterAll(() => user.close())

let count = 0
const address = () => `person${(count += 1)}@example.com`
const newUser = (changes: object = {}) =>
  scim.createUser({ schemas: [userUrn], userName: address(), ...changes })

describe('creating (RFC 7644, section 3.3)', () => {
  // The section's example; userName is an e-mail address here.
  const example = {
    schemas: [userUrn],
    userName: 'bjensen@example.com',
    externalId: 'bjensen',
    name: { formatted: 'Ms. Barbara J Jensen III', familyName: 'Jensen', givenName: 'Barbara' },
  }

  test('answers 201, the location and the resource', async () => {
    const reply = await scim.createUserReply(example)
    const resource = JSON.parse(Buffer.from(reply.data).toString())
    expect(reply.status).toBe(201)
    expect(reply.location).toBe(`/scim/v2/tenants/acme/Users/${resource.id}`)
    expect(resource).toEqual({
      ...example,
      id: expect.stringMatching(/^usr_/),
      displayName: 'Ms. Barbara J Jensen III',
      active: true,
      emails: [{ value: 'bjensen@example.com', type: 'work', primary: true }],
      meta: {
        resourceType: 'User',
        created: '2026-02-15T12:00:00Z',
        lastModified: '2026-02-15T12:00:00Z',
        location: reply.location,
      },
    })
    expect(await scim.getUser(resource.id)).toEqual(resource)
  })

  test('makes an active viewer without a password, and tells it once', async () => {
    const { id } = await newUser()
    const [row] = await user.adminQuery(
      'select role_key, status, password_hash, account_id from "user".tenant_user where user_id = $1',
      [id],
    )
    expect(row).toEqual({
      role_key: 'viewer',
      status: 'active',
      password_hash: null,
      account_id: null,
    })
    expect(await scim.eventsOf(id)).toEqual(['user.provisioned'])
  })

  test('keeps the attributes of the schema and forgets the others, a password too', async () => {
    const kept = {
      title: 'Tour Guide',
      nickName: 'Babs',
      emails: [
        { value: 'babs@jensen.org', type: 'home' },
        { value: 'b@example.com', type: 'work', primary: true },
      ],
      phoneNumbers: [{ value: '555-555-8377', type: 'work' }],
      profileUrl: 'https://login.example.com/bjensen',
    }
    const forgotten = {
      password: 't1meMa$heen',
      addresses: [{ type: 'work', country: 'USA' }],
      x509Certificates: [{ value: 'MIID' }],
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'Tours' },
      id: 'mine',
      groups: [{ value: 'grp_1' }],
      unheardOf: 1,
    }
    const created = await newUser({ ...kept, ...forgotten })
    expect(created).toMatchObject(kept)
    for (const name of Object.keys(forgotten)) {
      if (name !== 'id') expect(created).not.toHaveProperty([name])
    }
    const rows = await user.adminQuery<{ text: string }>(
      'select to_jsonb(u)::text || to_jsonb(p)::text as text from "user".tenant_user u join "user".provisioned_user p using (tenant_id, user_id)',
    )
    expect(rows.map(({ text }) => text).join()).not.toContain('t1meMa$heen')
  })

  test('reads names of attributes in any case, with their URN, and booleans as text', async () => {
    const userName = address()
    const created = await scim.createUser({
      SCHEMAS: [userUrn],
      USERNAME: userName.toUpperCase(),
      [`${userUrn}:title`]: 'Guide',
      Active: 'False',
      [userUrn]: { nickName: 'Nick' },
    })
    expect(created).toMatchObject({ userName, title: 'Guide', nickName: 'Nick', active: false })
  })

  test.each([
    ['no JSON', '{', 'invalidSyntax'],
    ['no object', '[]', 'invalidSyntax'],
    ['nothing', '', 'invalidSyntax'],
    [
      'a group',
      { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], userName: 'a@b.c' },
      'invalidSyntax',
    ],
    ['no userName', { schemas: [userUrn], displayName: 'x' }, 'invalidValue'],
    ['a userName that is no address', { userName: 'bjensen' }, 'invalidValue'],
    ['a userName that is a list', { userName: ['a@b.c'] }, 'invalidValue'],
    ['a name that is a text', { userName: 'a@b.c', name: 'x' }, 'invalidValue'],
    ['e-mails that are no list', { userName: 'a@b.c', emails: 'x' }, 'invalidValue'],
    ['an active that is a number', { userName: 'a@b.c', active: 7 }, 'invalidValue'],
    ['a NUL', { userName: 'a@b.c', title: 'a\0b' }, 'invalidValue'],
    ['half a character', '{"userName":"a@b.c","title":"\\ud800"}', 'invalidValue'],
    ['a text too long', { userName: 'a@b.c', title: 'x'.repeat(1_001) }, 'invalidValue'],
    ['too deep', `{"userName":"a@b.c","x":${'['.repeat(30)}${']'.repeat(30)}}`, 'invalidSyntax'],
    [
      'too many e-mails',
      { userName: 'a@b.c', emails: Array.from({ length: 51 }, () => ({ value: 'x' })) },
      'invalidValue',
    ],
    ['too large', { userName: 'a@b.c', title: 'x'.repeat(1_000_000) }, 'tooMany'],
  ])('refuses %s', async (_name, body, scimType) => {
    await expect(scim.createUser(body)).rejects.toMatchObject(refused(scimType))
  })

  test('cannot reach the prototype of anything', async () => {
    const body = `{"userName":"${address()}","__proto__":{"polluted":1},"name":{"__proto__":{"polluted":1},"constructor":1}}`
    const created = await scim.createUser(body)
    expect(created).not.toHaveProperty('polluted')
    expect({}).not.toHaveProperty('polluted')
  })

  test('of one userName 50 times at once makes one person, whatever its case', async () => {
    const userName = address()
    const spelled = (index: number) => (index % 2 ? userName.toUpperCase() : userName)
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => scim.createUser({ userName: spelled(index) })),
    )
    const refusals = results.filter((result) => result.status === 'rejected')
    expect(refusals).toHaveLength(49)
    for (const { reason } of refusals) {
      expect(reason).toMatchObject({ code: 'user.already_exists', ...refused('uniqueness') })
    }
    expect((await scim.listUsers({ filter: `userName eq "${userName}"` })).totalResults).toBe(1)
  })
})

describe('somebody who is there already', () => {
  const add = async (email: string, role: string, status: string) => {
    const userId = `usr_${email.split('@')[0]}`
    await user.adminQuery(
      `insert into "user".tenant_user (tenant_id, user_id, email, full_name, role_key, status, created_at)
       values ('acme', $1, $2, 'Old Name', $3, $4, '2026-01-01')`,
      [userId, email, role, status],
    )
    return userId
  }

  test('is unknown until taken up, and is taken up when the provider may give the role', async () => {
    const userId = await add('known1@example.com', 'viewer', 'active')
    await expect(scim.getUser(userId)).rejects.toMatchObject({ code: 'resource.not_found' })
    const taken = await scim.createUser({ userName: 'known1@example.com', displayName: 'New' })
    expect(taken).toMatchObject({ id: userId, displayName: 'New' })
  })

  test.each([
    ['an owner', 'known2@example.com', 'owner', 'active'],
    ['an administrator whom no group makes', 'known3@example.com', 'admin', 'active'],
    ['a shopper', 'known4@example.com', 'shopper', 'active'],
    ['somebody shut out by others', 'known5@example.com', 'viewer', 'disabled'],
  ])('is not taken up as %s', async (_name, email, role, status) => {
    await add(email, role, status)
    await expect(scim.createUser({ userName: email })).rejects.toMatchObject(refused('uniqueness'))
  })
})

describe('replacing (section 3.5.1)', () => {
  test('forgets what is left out', async () => {
    const { id, userName } = await newUser({ title: 'Guide', externalId: 'e1', displayName: 'A B' })
    const replaced = await scim.putUser(id, { schemas: [userUrn], userName, nickName: 'N' })
    expect(replaced).toMatchObject({ nickName: 'N', displayName: userName, active: true })
    expect(replaced).not.toHaveProperty('title')
    expect(replaced).not.toHaveProperty('externalId')
    expect(await scim.getUser(id)).toEqual(replaced)
  })

  test('with what was answered changes nothing', async () => {
    const created = await newUser({ title: 'Guide', name: { givenName: 'Ann' } })
    const replaced = await scim.putUser(created.id, created)
    expect(replaced).toEqual(created)
  })

  test('may change the userName, but not to one that is taken', async () => {
    const [first, second] = [await newUser(), await newUser()]
    const userName = address()
    expect((await scim.putUser(first.id, { userName })).userName).toBe(userName)
    await expect(scim.putUser(first.id, { userName: second.userName })).rejects.toMatchObject({
      code: 'user.already_exists',
      ...refused('uniqueness'),
    })
    expect((await scim.getUser(first.id)).userName).toBe(userName)
  })

  test('never changes the address of somebody with a role that no group gives', async () => {
    const { id, userName } = await newUser()
    await user.adminQuery(`update "user".tenant_user set role_key = 'owner' where user_id = $1`, [
      id,
    ])
    await expect(scim.putUser(id, { userName: address() })).rejects.toMatchObject({
      code: 'auth.permission_denied',
    })
    expect(await scim.putUser(id, { userName, title: 'T' })).toMatchObject({ title: 'T' })
  })

  test('of an unknown id is not found', async () => {
    await expect(scim.putUser('usr_none', { userName: address() })).rejects.toMatchObject({
      code: 'resource.not_found',
    })
  })
})

describe('two tenants', () => {
  test('may have one userName, and see each their own', async () => {
    const other = scimOf(user, 'other')
    const mine = await newUser()
    const theirs = await other.createUser({ userName: mine.userName })
    expect(theirs.id).not.toBe(mine.id)
    await expect(other.getUser(mine.id)).rejects.toMatchObject({ code: 'resource.not_found' })
    await expect(other.deleteUser(mine.id)).rejects.toMatchObject({ code: 'resource.not_found' })
    expect(await other.find(`id eq "${mine.id}"`)).toEqual([])
    const group = await scim.createGroup({ displayName: 'Mixed' })
    await expect(
      scim.patchGroup(group.id, [{ op: 'add', path: 'members', value: [{ value: theirs.id }] }]),
    ).rejects.toMatchObject(refused('invalidValue'))
  })

  test('keep apart when their requests interleave', async () => {
    const other = scimOf(user, 'other')
    const names = Array.from({ length: 10 }, address)
    const created = await Promise.all(
      names.flatMap((userName) => [
        scim.createUser({ userName, title: 'mine' }),
        other.createUser({ userName, title: 'theirs' }),
      ]),
    )
    for (const [index, resource] of created.entries()) {
      const [tenant, title] = index % 2 ? ['other', 'theirs'] : ['acme', 'mine']
      expect(resource.title).toBe(title)
      expect(resource.meta.location).toBe(`/scim/v2/tenants/${tenant}/Users/${resource.id}`)
    }
  })
})
