import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { builtInRoles, findBuiltInRole } from '../src/domain/role.ts'
import { permissionsOfRole } from '../src/store/role.ts'
import { type Team, teamOf } from './team-harness.ts'
import { startUser, type User } from './user-harness.ts'

let user: User
let team: Team

beforeAll(async () => {
  user = await startUser()
  await user.createTenant('acme')
  await user.createTenant('other')
  team = teamOf(user, 'acme')
})
afterAll(() => user.close())

const listed = async (tenant: string) =>
  (await user.client.listRoles({ tenant }, user.as(tenant))).roles

const permissionsOf = (roleKey: string, tenant = 'acme') =>
  user.database.tx(tenant, (tx) => permissionsOfRole(tx, tenant, roleKey))

describe("a role of the tenant's own", () => {
  test('gives its permissions at once, in its tenant alone', async () => {
    const role = await team.createRole('auditor', ['billing.runs.read', 'a.b', 'a.b'])
    expect(role).toMatchObject({
      roleKey: 'auditor',
      name: 'auditor',
      permissions: ['billing.runs.read', 'a.b'],
      builtIn: false,
    })
    expect(await permissionsOf('auditor')).toEqual(['billing.runs.read', 'a.b'])
    expect(await permissionsOf('auditor', 'other')).toEqual([])
    expect((await user.events('acme')).at(-1)).toEqual({
      subject: 'role.created',
      payload: { role_key: 'auditor', permissions: ['billing.runs.read', 'a.b'] },
    })
    await expect(teamOf(user, 'other').invite('a@other.test', 'auditor')).rejects.toMatchObject({
      code: 'request.invalid',
      fields: [{ field: 'role' }],
    })
  })

  test("is listed after the platform's, by key", async () => {
    await team.createRole('zeta', ['a.b'])
    await team.createRole('beta', ['a.b'])
    const roles = await listed('acme')
    const platform = roles.slice(0, builtInRoles.length)
    expect(platform).toMatchObject(builtInRoles.map((role) => ({ ...role, builtIn: true })))
    const own = roles.slice(builtInRoles.length)
    expect(own.map(({ roleKey }) => roleKey)).toEqual(own.map(({ roleKey }) => roleKey).toSorted())
    expect(own).toEqual(expect.arrayContaining([expect.objectContaining({ roleKey: 'beta' })]))
    expect(await listed('other')).toHaveLength(builtInRoles.length)
  })

  test.each(['owner', 'shopper', 'twice'])('%s cannot be created again', async (roleKey) => {
    if (roleKey === 'twice') await team.createRole(roleKey, ['a.b'])
    const again = team.createRole(roleKey, ['a.b'])
    await expect(again).rejects.toMatchObject({ code: 'role.already_exists' })
  })

  test('holds no more than who creates it, and is given by nobody who holds less', async () => {
    const held = ['user.*', 'metering.events.write']
    await expect(
      team.createRole('ingest', ['metering.events.write', 'metering.*'], held),
    ).rejects.toMatchObject({
      code: 'auth.permission_denied',
      fields: [{ field: 'permissions[1]' }],
    })
    await team.createRole('ingest', ['metering.*'])
    await expect(team.invite('i@acme.test', 'ingest', held)).rejects.toMatchObject({
      code: 'auth.permission_denied',
      fields: [{ field: 'role' }],
    })
    const userId = await team.member('i@acme.test', 'ingest')
    const givesShopper = [...held, ...(findBuiltInRole('shopper')?.permissions ?? [])]
    await expect(team.setRole(userId, 'shopper', givesShopper)).rejects.toMatchObject({
      code: 'auth.permission_denied',
      fields: [{ field: 'user_id' }],
    })
  })
})

test("the platform's roles are the same for every tenant, and an unknown one gives nothing", async () => {
  expect(await permissionsOf('owner')).toEqual(['*'])
  expect(await permissionsOf('shopper', 'other')).toEqual(findBuiltInRole('shopper')?.permissions)
  expect(await permissionsOf('constructor')).toEqual([])
})

describe('removing a role', () => {
  test('that nobody has, once', async () => {
    await team.createRole('spare', ['a.b'])
    await team.deleteRole('spare')
    expect((await user.events('acme')).at(-1)).toEqual({
      subject: 'role.deleted',
      payload: { role_key: 'spare' },
    })
    await expect(team.deleteRole('spare')).rejects.toMatchObject({ code: 'resource.not_found' })
    expect(await permissionsOf('spare')).toEqual([])
  })

  test("of the platform, of another tenant or somebody's is refused", async () => {
    await expect(team.deleteRole('viewer')).rejects.toMatchObject({
      code: 'request.invalid',
      fields: [{ field: 'role_key' }],
    })
    await team.createRole('held', ['a.b'])
    await expect(teamOf(user, 'other').deleteRole('held')).rejects.toMatchObject({
      code: 'resource.not_found',
    })
    const userId = await team.member('held@acme.test', 'held')
    const inUse = { code: 'role.in_use' }
    await expect(team.deleteRole('held')).rejects.toMatchObject(inUse)
    await team.disable(userId)
    await expect(team.deleteRole('held')).rejects.toMatchObject(inUse)
    await team.setRole(userId, 'viewer')
    await team.deleteRole('held')
  })

  test('while it is given leaves nobody with a role that is not', async () => {
    const userId = await team.member('racer@acme.test', 'viewer')
    for (let round = 0; round < 20; round += 1) {
      const roleKey = `fleeting-${round}`
      await team.createRole(roleKey, ['a.b'])
      await Promise.allSettled([
        team.deleteRole(roleKey),
        team.setRole(userId, roleKey),
        team.invite(`racer-${round}@acme.test`, roleKey),
      ])
    }
    const known = new Set((await listed('acme')).map(({ roleKey }) => roleKey))
    const people = await user.adminQuery<{ role_key: string }>(
      `select role_key from "user".tenant_user where tenant_id = 'acme'`,
    )
    expect(people.filter(({ role_key: roleKey }) => !known.has(roleKey))).toEqual([])
  })
})
