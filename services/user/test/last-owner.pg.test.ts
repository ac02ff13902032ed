import { UserStatus } from '@purser/contracts/user/v1/user'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Team, teamOf } from './team-harness.ts'
import { startUser, type User } from './user-harness.ts'

let user: User

beforeAll(async () => {
  user = await startUser()
})
afterAll(() => user.close())

async function startTeam(tenant: string): Promise<Team> {
  await user.createTenant(tenant)
  return teamOf(user, tenant)
}

const lastOwner = { code: 'user.last_owner' }

async function countActiveOwners(tenant: string): Promise<number> {
  const rows = await user.adminQuery(
    `select from "user".tenant_user
     where tenant_id = $1 and role_key = 'owner' and status = 'active'`,
    [tenant],
  )
  return rows.length
}

test('the only owner who can sign in stays, whoever is invited or shut out', async () => {
  const team = await startTeam('solo')
  const owner = await team.member('owner@solo.test', 'owner')
  const second = await team.member('second@solo.test', 'owner')
  await team.invite('third@solo.test', 'owner')
  await team.disable(second)

  await expect(team.setRole(owner, 'admin')).rejects.toMatchObject(lastOwner)
  await expect(team.disable(owner)).rejects.toMatchObject(lastOwner)
  expect(await team.get(owner)).toMatchObject({ role: 'owner', status: UserStatus.ACTIVE })
  expect(await team.setRole(owner, 'owner')).toMatchObject({ role: 'owner' })

  expect(await team.setRole(second, 'viewer')).toMatchObject({ role: 'viewer' })
  await team.setRole(second, 'owner')
  await team.enable(second)
  expect(await team.setRole(owner, 'admin')).toMatchObject({ role: 'admin' })
})

describe('two owners who remove each other at once leave one', () => {
  const moves = {
    demote: (team: Team, userId: string) => team.setRole(userId, 'viewer'),
    disable: (team: Team, userId: string) => team.disable(userId),
  }

  test.each([
    ['demote', 'demote'],
    ['disable', 'disable'],
    ['demote', 'disable'],
  ] as const)('%s and %s', async (first, second) => {
    const tenant = `pair-${first}-${second}`
    const team = await startTeam(tenant)
    const one = await team.member('one@pair.test', 'owner')
    const two = await team.member('two@pair.test', 'owner')
    for (let round = 0; round < 15; round += 1) {
      const results = await Promise.allSettled([moves[first](team, one), moves[second](team, two)])
      const refused = results.flatMap((result) =>
        result.status === 'rejected' ? [result.reason] : [],
      )
      expect(refused).toEqual([expect.objectContaining(lastOwner)])
      expect(await countActiveOwners(tenant)).toBe(1)
      for (const userId of [one, two]) {
        await team.setRole(userId, 'owner')
        await team.enable(userId)
      }
    }
  })

  test('of many, one is left', async () => {
    const team = await startTeam('crowd')
    const ids: string[] = []
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      ids.push(await team.member(`${name}@crowd.test`, 'owner'))
    }
    const results = await Promise.allSettled(ids.map((userId) => team.setRole(userId, 'viewer')))
    expect(results.filter(({ status }) => status === 'rejected')).toEqual([
      expect.objectContaining({ reason: expect.objectContaining(lastOwner) }),
    ])
    expect(await countActiveOwners('crowd')).toBe(1)
  })
})
