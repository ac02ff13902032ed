import { UserStatus } from '@purser/contracts/user/v1/user'
import { toProtoTimestamp } from '@purser/rpc'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readOpaqueToken } from '../src/domain/opaque-token.ts'
import { findBuiltInRole } from '../src/domain/role.ts'
import { type Team, teamOf } from './team-harness.ts'
import { startUser, type User } from './user-harness.ts'

let user: User
let team: Team

const admin = findBuiltInRole('admin')?.permissions ?? []
const now = Temporal.Instant.from('2026-02-15T12:00:00Z')

beforeAll(async () => {
  user = await startUser()
  for (const tenant of ['acme', 'other', 'paging']) await user.createTenant(tenant)
  await user.client.createAccount(
    { tenant: 'acme', account: { accountId: 'acct-1', name: 'Team' } },
    user.as('acme'),
  )
  team = teamOf(user, 'acme')
  await team.member('first-owner@acme.test', 'owner')
})
afterAll(() => user.close())
beforeEach(() => {
  user.present.now = now
})

const notFound = (userId: string) => ({
  code: 'resource.not_found',
  message: `There is no user "${userId}".`,
})

const denied = (field: string) => ({ code: 'auth.permission_denied', fields: [{ field }] })

describe('an invitation', () => {
  test('makes a viewer of the address in lower case, and works for seven days', async () => {
    const answer = await user.client.inviteUser(
      { tenant: 'acme', email: 'Ann@Acme.test', fullName: 'Ann', accountId: 'acct-1' },
      user.as('acme'),
    )
    expect(answer.user).toMatchObject({
      email: 'ann@acme.test',
      fullName: 'Ann',
      role: 'viewer',
      status: UserStatus.INVITED,
      accountId: 'acct-1',
      createTime: toProtoTimestamp(now),
    })
    expect(answer.invitationExpireTime).toEqual(toProtoTimestamp(now.add({ hours: 168 })))
    expect(await team.get(answer.user?.userId ?? '')).toEqual(answer.user)
  })

  test('is kept as a hash alone; rows and events do not hold it', async () => {
    const { user: invited, invitation } = await team.invite('bob@acme.test')
    const [row] = await team.invitations(invited?.userId ?? '')
    expect(row?.secret_hash).toEqual(readOpaqueToken('inv', invitation)?.secretHash)
    const rows = await user.adminQuery<{ text: string }>(
      `select i::text as text from "user".invitation as i
       union all select u::text from "user".tenant_user as u
       union all select payload::text from "user".outbox`,
    )
    const everything = rows.map(({ text }) => text).join('\n')
    expect(everything).toContain(invited?.userId)
    expect(everything).not.toContain(invitation.slice(invitation.indexOf('.') + 1))
  })

  test('is replaced by a new one for the same person, as asked now', async () => {
    const first = await team.invite('cid@acme.test', 'finance')
    const userId = first.user?.userId ?? ''
    const second = await user.client.inviteUser(
      { tenant: 'acme', email: 'CID@acme.test', fullName: 'Cid', role: 'support' },
      user.as('acme'),
    )
    expect(second.user).toEqual({ ...first.user, fullName: 'Cid', role: 'support' })
    expect(await team.get(userId)).toEqual(second.user)
    const hash = readOpaqueToken('inv', second.invitation)?.secretHash
    expect(await team.invitations(userId)).toEqual([{ secret_hash: hash }])
    expect(await team.eventsOf(userId)).toEqual([
      { subject: 'user.invited', payload: { user_id: userId, role: 'finance' } },
      { subject: 'user.invited', payload: { user_id: userId, role: 'support' } },
    ])
  })

  test('at the same time is one person with one invitation', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => team.invite('dee@acme.test')))
    const ids = new Set(answers.map((answer) => answer.user?.userId ?? ''))
    expect(ids.size).toBe(1)
    const kept = await team.invitations([...ids][0] ?? '')
    expect(kept).toHaveLength(1)
    const hashes = answers.map(({ invitation }) => readOpaqueToken('inv', invitation)?.secretHash)
    expect(hashes).toContainEqual(kept[0]?.secret_hash)
  })

  test('of somebody who is active or shut out is refused', async () => {
    const userId = await team.member('eve@acme.test', 'viewer')
    const taken = { code: 'user.already_exists' }
    await expect(team.invite('EVE@acme.test')).rejects.toMatchObject(taken)
    await team.disable(userId)
    await expect(team.invite('eve@acme.test')).rejects.toMatchObject(taken)
  })

  test('needs a role and an account that are', async () => {
    const before = await user.events('acme')
    const role = { code: 'request.invalid', fields: [{ field: 'role' }] }
    await expect(team.invite('fay@acme.test', 'nobody')).rejects.toMatchObject(role)
    const request = { tenant: 'acme', email: 'fay@acme.test', fullName: 'Fay', accountId: 'none' }
    await expect(user.client.inviteUser(request, user.as('acme'))).rejects.toMatchObject({
      code: 'request.invalid',
      fields: [{ field: 'account_id' }],
    })
    expect(await user.events('acme')).toEqual(before)
  })

  test('gives no more than the caller holds, now or before', async () => {
    await expect(team.invite('gil@acme.test', 'owner', admin)).rejects.toMatchObject(denied('role'))
    await team.invite('gil@acme.test', 'owner')
    await expect(team.invite('gil@acme.test', 'viewer', admin)).rejects.toMatchObject(
      denied('email'),
    )
    expect((await team.invite('hal@acme.test', 'admin', admin)).user?.role).toBe('admin')
  })
})

describe('a role', () => {
  test('is given once, and told once', async () => {
    const userId = await team.member('ida@acme.test', 'viewer')
    expect(await team.setRole(userId, 'admin', admin)).toMatchObject({ role: 'admin' })
    expect(await team.setRole(userId, 'admin', admin)).toMatchObject({ role: 'admin' })
    expect((await team.eventsOf(userId)).slice(1)).toEqual([
      {
        subject: 'user.role_changed',
        payload: { user_id: userId, role: 'admin', former_role: 'viewer' },
      },
    ])
  })

  test('that exceeds the caller is neither given nor taken, nor is who has it', async () => {
    const viewer = await team.member('jan@acme.test', 'viewer')
    const owner = await team.member('kim@acme.test', 'owner')
    const person = denied('user_id')
    await expect(team.setRole(viewer, 'owner', admin)).rejects.toMatchObject(denied('role'))
    await expect(team.setRole(owner, 'viewer', admin)).rejects.toMatchObject(person)
    await expect(team.disable(owner, admin)).rejects.toMatchObject(person)
    await team.disable(owner)
    await expect(team.enable(owner, admin)).rejects.toMatchObject(person)
    expect(await team.get(viewer)).toMatchObject({ role: 'viewer' })
    expect(await team.get(owner)).toMatchObject({ role: 'owner', status: UserStatus.DISABLED })
  })

  test('must be one of the platform or the tenant', async () => {
    const userId = await team.member('lea@acme.test', 'viewer')
    await expect(team.setRole(userId, 'constructor')).rejects.toMatchObject({
      code: 'request.invalid',
      fields: [{ field: 'role' }],
    })
  })
})

describe('shutting out', () => {
  test('ends sessions once, and letting in again brings none back', async () => {
    const userId = await team.member('max@acme.test', 'viewer')
    await user.adminQuery(
      `insert into "user".session (tenant_id, session_id, user_id, user_agent, created_at,
         refreshed_at, expires_at, revoked_at)
       select 'acme', 'ses_' || n, $1, '', $2, $2, $2::timestamptz + interval '1 day',
         case n when 3 then $2::timestamptz - interval '1 hour' end
       from generate_series(1, 3) as n`,
      [userId, now.toString()],
    )
    const revoked = () =>
      user.adminQuery<{ revoked: string }>(
        `select extract(epoch from revoked_at)::bigint::text as revoked
         from "user".session where user_id = $1 order by session_id`,
        [userId],
      )
    const answer = await team.disable(userId)
    expect(answer.status).toBe(UserStatus.DISABLED)
    user.present.now = now.add({ hours: 1 })
    expect(await team.disable(userId)).toEqual(answer)

    const seconds = Number(now.epochMilliseconds) / 1_000
    const ended = [seconds, seconds, seconds - 3_600].map((at) => ({ revoked: String(at) }))
    expect(await revoked()).toEqual(ended)
    expect(await team.enable(userId)).toMatchObject({ status: UserStatus.ACTIVE })
    expect(await team.enable(userId)).toMatchObject({ status: UserStatus.ACTIVE })
    expect(await revoked()).toEqual(ended)
    const subjects = (await team.eventsOf(userId)).map(({ subject }) => subject)
    expect(subjects).toEqual(['user.invited', 'user.disabled', 'user.enabled'])
  })

  test('closes an invitation; let in again, the person needs a new one', async () => {
    const { user: invited } = await team.invite('ned@acme.test')
    const userId = invited?.userId ?? ''
    expect(await team.enable(userId)).toMatchObject({ status: UserStatus.INVITED })
    expect(await team.invitations(userId)).toHaveLength(1)
    await team.disable(userId)
    expect(await team.invitations(userId)).toEqual([])
    expect(await team.enable(userId)).toMatchObject({ status: UserStatus.INVITED })
    expect(await team.enable(userId)).toMatchObject({ status: UserStatus.INVITED })
    expect(await team.invitations(userId)).toEqual([])
    expect((await team.invite('ned@acme.test')).user?.userId).toBe(userId)
    expect(await team.invitations(userId)).toHaveLength(1)
  })
})

test("another tenant's person is not found, exactly as nobody is", async () => {
  const userId = await team.member('olga@acme.test', 'viewer')
  const others = teamOf(user, 'other')
  for (const id of [userId, 'usr_nobody']) {
    await expect(others.get(id)).rejects.toMatchObject(notFound(id))
    await expect(others.setRole(id, 'admin')).rejects.toMatchObject(notFound(id))
    await expect(others.disable(id)).rejects.toMatchObject(notFound(id))
    await expect(others.enable(id)).rejects.toMatchObject(notFound(id))
  }
  expect(await team.get(userId)).toMatchObject({ role: 'viewer', status: UserStatus.ACTIVE })
})

test('people are listed by id, page by page, shoppers too', async () => {
  const paging = teamOf(user, 'paging')
  const roles = ['viewer', 'shopper', 'admin', 'finance', 'shopper']
  const ids: string[] = []
  for (const [index, role] of roles.entries()) {
    const invited = await paging.invite(`person-${index}@paging.test`, role)
    ids.push(invited.user?.userId ?? '')
  }
  const pages: string[][] = []
  let pageToken = ''
  do {
    const page = await user.client.listUsers(
      { tenant: 'paging', pageSize: 2, pageToken },
      user.as('paging'),
    )
    pages.push(page.users.map(({ userId }) => userId))
    pageToken = page.nextPageToken
  } while (pageToken !== '')
  expect(pages.map(({ length }) => length)).toEqual([2, 2, 1])
  expect(pages.flat()).toEqual(ids.toSorted())
})

test('many invitations into one account at the same time all succeed', async () => {
  const invite = (n: number) =>
    user.client.inviteUser(
      { tenant: 'acme', email: `rush-${n}@acme.test`, fullName: 'Rush', accountId: 'acct-1' },
      user.as('acme'),
    )
  const answers = await Promise.allSettled(Array.from({ length: 40 }, (_, n) => invite(n)))
  expect(answers.filter(({ status }) => status === 'rejected')).toEqual([])
})
