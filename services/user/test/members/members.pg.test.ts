import { AccountKind, MemberRole } from '@purser/contracts/user/v1/user'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addPerson } from '../add-person.ts'
import { password, refused, signInOf } from '../sign-in-harness.ts'
import { startUser, type User } from '../user-harness.ts'

let user: User
const own = ['user.self.*', 'user.members.*']
const tenant = 'acme'

beforeAll(async () => {
  user = await startUser()
  for (const slug of ['acme', 'other']) await user.createTenant(slug)
})
afterAll(() => user.close())

/** An organization whose first member, its admin, registered it. */
async function organization(name: string) {
  const answer = await user.client.register(
    {
      tenant,
      email: `boss@${name}.test`,
      password,
      fullName: 'Boss',
      organizationName: `${name} Ltd`,
    },
    user.anyone(),
  )
  const { userId = '', accountId = '' } = answer.user ?? {}
  const boss = user.asPerson(tenant, userId, own)
  return {
    accountId,
    bossId: userId,
    boss,
    invite: (email: string, role = MemberRole.MEMBER) =>
      user.client.inviteMember({ tenant, accountId, email, role }, boss),
    members: () => user.client.listMembers({ tenant, accountId }, boss),
  }
}

const person = async (userId: string) => {
  await addPerson(user, tenant, userId)
  return user.asPerson(tenant, userId, own)
}

const unknown = (accountId: string) => ({
  code: 'resource.not_found',
  message: `There is no account "${accountId}".`,
})

describe('signing up', () => {
  test('for an organization opens its account, with the person as its admin', async () => {
    const { accountId, bossId, boss, members } = await organization('signup')
    const me = await user.client.getMe({}, boss)
    expect(me.account).toMatchObject({
      accountId,
      name: 'signup Ltd',
      kind: AccountKind.ORGANIZATION,
      email: 'boss@signup.test',
    })
    expect((await members()).members).toMatchObject([
      { userId: bossId, email: 'boss@signup.test', role: MemberRole.ADMIN },
    ])
  })

  test('for oneself opens an account of a person', async () => {
    const { user: solo } = await signInOf(user, tenant).register('solo@acme.test')
    const me = user.asPerson(tenant, solo?.userId ?? '', own)
    const { memberships } = await user.client.listMyAccounts({}, me)
    expect(memberships).toMatchObject([
      {
        accountId: solo?.accountId,
        kind: AccountKind.PERSON,
        role: MemberRole.ADMIN,
        current: true,
      },
    ])
  })

  test('with an invitation joins that account and opens none', async () => {
    const { accountId, invite, members } = await organization('invited')
    const { invitation } = await invite('New@Invited.test', MemberRole.ADMIN)
    const request = { tenant, email: 'new@invited.test', password, fullName: 'New', invitation }
    const answer = await user.client.register(request, user.anyone())
    expect(answer.user?.accountId).toBe(accountId)
    expect((await members()).members).toHaveLength(2)
    const again = { ...request, email: 'second@invited.test' }
    await expect(user.client.register(again, user.anyone())).rejects.toMatchObject(refused)
    const nobody = await user.adminQuery(
      `select from "user".tenant_user where email = 'second@invited.test'`,
    )
    expect(nobody).toEqual([])
  })

  test('names an organization or an invitation, not both', async () => {
    const request = { tenant, email: 'both@acme.test', password, fullName: 'Both' }
    const both = { ...request, organizationName: 'Both', invitation: 'inv_acme.x' }
    await expect(user.client.register(both, user.anyone())).rejects.toMatchObject({
      code: 'request.invalid',
      fields: [{ field: 'organization_name' }],
    })
  })
})

describe('an invitation into an account', () => {
  test('is taken up by the person whose address it names, once', async () => {
    const { accountId, invite, members } = await organization('join')
    const ann = await person('join-ann')
    const bob = await person('join-bob')
    const { invitation } = await invite('join-ann@example.com')
    await expect(user.client.joinAccount({ invitation }, bob)).rejects.toMatchObject(refused)
    expect(await user.client.joinAccount({ invitation }, ann)).toMatchObject({
      accountId,
      name: 'join Ltd',
      role: MemberRole.MEMBER,
      current: true,
    })
    await expect(user.client.joinAccount({ invitation }, ann)).rejects.toMatchObject(refused)
    expect((await members()).members).toHaveLength(2)
  })

  test('stops working when it is replaced, and after seven days', async () => {
    const { invite } = await organization('expiry')
    const ann = await person('expiry-ann')
    const former = await invite('expiry-ann@example.com')
    const latest = await invite('expiry-ann@example.com')
    await expect(
      user.client.joinAccount({ invitation: former.invitation }, ann),
    ).rejects.toMatchObject(refused)
    const before = user.present.now
    user.present.now = before.add({ hours: 7 * 24 })
    const late = user.client.joinAccount({ invitation: latest.invitation }, ann)
    await expect(late).rejects.toMatchObject(refused)
    user.present.now = before
    await user.client.joinAccount({ invitation: latest.invitation }, ann)
  })

  test('is kept as a hash, and answers nothing of whether the address is known', async () => {
    const { invite } = await organization('quiet')
    await person('quiet-ann')
    const known = await invite('quiet-ann@example.com')
    const stranger = await invite('quiet-stranger@example.com')
    expect(known.invitationExpireTime).toEqual(stranger.invitationExpireTime)
    const rows = await user.adminQuery<{ text: string }>(
      'select i::text as text from "user".account_invitation as i',
    )
    const text = rows.map((row) => row.text).join('\n')
    for (const { invitation } of [known, stranger]) {
      expect(text).not.toContain(invitation.slice(invitation.indexOf('.') + 1))
    }
  })
})

describe('the people of an account', () => {
  test('are for its members and for operators; anybody else finds no such account', async () => {
    const first = await organization('wall-one')
    const second = await organization('wall-two')
    const { accountId } = second
    const bystander = await person('wall-bystander')
    for (const call of [first.boss, bystander, user.as('acme', ['user.members.*'])]) {
      for (const id of [accountId, 'acct-nobody']) {
        const account = { tenant, accountId: id }
        const member = { ...account, userId: second.bossId }
        const email = 'x@x.test'
        const refusal = unknown(id)
        await expect(user.client.listMembers(account, call)).rejects.toMatchObject(refusal)
        await expect(user.client.setMember(member, call)).rejects.toMatchObject(refusal)
        await expect(user.client.removeMember(member, call)).rejects.toMatchObject(refusal)
        const invited = user.client.inviteMember({ ...account, email }, call)
        await expect(invited).rejects.toMatchObject(refusal)
        await expect(user.client.switchAccount({ accountId: id }, bystander)).rejects.toMatchObject(
          refusal,
        )
      }
    }
    const operator = user.as(tenant, ['user.members.read', 'user.accounts.read'])
    const { members } = await user.client.listMembers({ tenant, accountId }, operator)
    expect(members).toHaveLength(1)
  })

  test('are decided by its admins; others may leave', async () => {
    const { accountId, bossId, boss } = await organization('rights')
    const member = await person('rights-member')
    const add = { tenant, accountId, userId: 'rights-member' }
    await expect(user.client.setMember(add, boss)).rejects.toMatchObject({
      code: 'resource.not_found',
      message: 'The account has no member "rights-member".',
    })
    await user.client.setMember(add, user.as(tenant))
    const denied = { code: 'auth.permission_denied' }
    await expect(
      user.client.removeMember({ tenant, accountId, userId: bossId }, member),
    ).rejects.toMatchObject(denied)
    const promotion = { ...add, role: MemberRole.ADMIN }
    await expect(user.client.setMember(promotion, member)).rejects.toMatchObject(denied)
    await expect(
      user.client.inviteMember({ tenant, accountId, email: 'a@b.test' }, member),
    ).rejects.toMatchObject(denied)
    expect(await user.client.setMember(promotion, boss)).toMatchObject({ role: MemberRole.ADMIN })
    await user.client.removeMember(add, member)
    await user.client.removeMember(add, boss)
    const { members } = await user.client.listMembers({ tenant, accountId }, boss)
    expect(members.map(({ userId }) => userId)).toEqual([bossId])
  })

  test('keep an admin who can sign in, also when two leave at once', async () => {
    const { accountId, bossId, boss } = await organization('last')
    const last = { code: 'account.last_admin' }
    const name = { tenant, accountId, userId: bossId }
    await expect(user.client.removeMember(name, boss)).rejects.toMatchObject(last)
    await expect(user.client.setMember(name, boss)).rejects.toMatchObject(last)
    await person('last-second')
    const second = { tenant, accountId, userId: 'last-second', role: MemberRole.ADMIN }
    await user.client.setMember(second, user.as(tenant))
    const leaving = await Promise.allSettled(
      [bossId, 'last-second'].map((userId) =>
        user.client.removeMember({ tenant, accountId, userId }, user.as(tenant)),
      ),
    )
    expect(leaving.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const { members } = await user.client.listMembers({ tenant, accountId }, user.as(tenant))
    expect(members).toHaveLength(1)
  })

  test('are listed page by page', async () => {
    const { accountId } = await organization('pages')
    for (const id of ['pages-a', 'pages-b', 'pages-c']) {
      await person(id)
      await user.client.setMember({ tenant, accountId, userId: id }, user.as(tenant))
    }
    const page = (pageToken: string) =>
      user.client.listMembers({ tenant, accountId, pageSize: 3, pageToken }, user.as(tenant))
    const first = await page('')
    const second = await page(first.nextPageToken)
    expect([first.members.length, second.members.length]).toEqual([3, 1])
    expect(second.nextPageToken).toBe('')
  })
})

describe('a person in several accounts', () => {
  test('acts for the one they choose, and for another when they leave it', async () => {
    const [one, two] = [await organization('several-one'), await organization('several-two')]
    const ann = await person('several-ann')
    for (const { accountId } of [one, two]) {
      const member = { tenant, accountId, userId: 'several-ann' }
      await user.client.setMember(member, user.as(tenant))
    }
    const current = async () => (await user.client.getMe({}, ann)).account?.accountId
    expect(await current()).toBe(one.accountId)
    await user.client.switchAccount({ accountId: two.accountId }, ann)
    expect(await current()).toBe(two.accountId)
    await user.client.removeMember(
      { tenant, accountId: two.accountId, userId: 'several-ann' },
      two.boss,
    )
    expect(await current()).toBe(one.accountId)
    await user.client.removeMember({ tenant, accountId: one.accountId, userId: 'several-ann' }, ann)
    expect(await current()).toBeUndefined()
  })

  test('is told as ids', async () => {
    const { accountId } = await organization('told')
    await person('told-ann')
    const member = { tenant, accountId, userId: 'told-ann' }
    await user.client.setMember(member, user.as(tenant))
    await user.client.setMember({ ...member, role: MemberRole.ADMIN }, user.as(tenant))
    await user.client.removeMember(member, user.as(tenant))
    const events = await user.events(tenant)
    const told = events.filter(({ payload }) => JSON.stringify(payload).includes('told-ann'))
    const ids = { account_id: accountId, user_id: 'told-ann' }
    expect(told).toEqual([
      { subject: 'member.added', payload: { ...ids, role: 'member' } },
      { subject: 'member.role_changed', payload: { ...ids, role: 'admin' } },
      { subject: 'member.removed', payload: ids },
    ])
  })
})

test('the database refuses to let somebody act for an account that they are not in', async () => {
  const { accountId } = await organization('guarded')
  await person('guarded-ann')
  const choose = user.adminQuery(
    `update "user".tenant_user set account_id = $1 where user_id = 'guarded-ann'`,
    [accountId],
  )
  await expect(choose).rejects.toThrow('tenant_user_is_member_of_account')
})
