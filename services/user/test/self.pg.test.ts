import { UserStatus } from '@purser/contracts/user/v1/user'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findBuiltInRole } from '../src/domain/role.ts'
import { addPerson } from './add-person.ts'
import { startUser, type User } from './user-harness.ts'

let user: User

beforeAll(async () => {
  user = await startUser()
  for (const tenant of ['acme', 'other']) await user.createTenant(tenant)
})
afterAll(() => user.close())

describe('GetMe', () => {
  test('answers the person, the tenant and what the role gives', async () => {
    const me = await addPerson(user, 'acme', 'usr-1', { locale: 'pl-PL', phone: '+48 600' })
    const answer = await user.client.getMe({}, me)
    expect(answer).toMatchObject({
      user: {
        userId: 'usr-1',
        email: 'usr-1@example.com',
        fullName: 'Person usr-1',
        role: 'shopper',
        status: UserStatus.ACTIVE,
        accountId: '',
      },
      tenant: 'acme',
      permissions: findBuiltInRole('shopper')?.permissions,
      locale: 'pl-PL',
      phone: '+48 600',
    })
    expect(answer.account).toBeUndefined()
  })

  test('answers the account that the person shares', async () => {
    const account = { accountId: 'acct-1', name: 'Acme buyers' }
    const created = await user.client.createAccount({ tenant: 'acme', account }, user.as('acme'))
    const me = await addPerson(user, 'acme', 'usr-2', { accountId: 'acct-1' })
    expect((await user.client.getMe({}, me)).account).toEqual(created)
  })

  test('answers the permissions of now, not those of the sign-in', async () => {
    const me = await addPerson(user, 'acme', 'usr-3')
    await user.adminQuery(
      `update "user".tenant_user set role_key = 'owner' where user_id = 'usr-3'`,
      [],
    )
    expect((await user.client.getMe({}, me)).permissions).toEqual(['*'])
  })

  test('is for people of the tenant alone', async () => {
    await expect(user.client.getMe({}, user.as('acme'))).rejects.toMatchObject({
      code: 'auth.permission_denied',
    })
    await addPerson(user, 'acme', 'usr-4')
    for (const stranger of [user.asPerson('other', 'usr-4'), user.asPerson('acme', 'nobody')]) {
      const refusal = { code: 'resource.not_found' }
      await expect(user.client.getMe({}, stranger)).rejects.toMatchObject(refusal)
      await expect(user.client.updateMe({ phone: '' }, stranger)).rejects.toMatchObject(refusal)
    }
  })
})

describe('UpdateMe', () => {
  test('changes what it is given and leaves the rest', async () => {
    const me = await addPerson(user, 'acme', 'usr-5', { locale: 'en', phone: '600 100' })
    const renamed = await user.client.updateMe({ fullName: 'Jan Nowak' }, me)
    expect(renamed).toMatchObject({
      user: { fullName: 'Jan Nowak' },
      locale: 'en',
      phone: '600 100',
    })
    const forgotten = await user.client.updateMe({ locale: '', phone: '' }, me)
    expect(forgotten).toMatchObject({ user: { fullName: 'Jan Nowak' }, locale: '', phone: '' })
    expect(await user.client.getMe({}, me)).toEqual(forgotten)
    expect(await user.client.updateMe({}, me)).toEqual(forgotten)
  })

  test('touches nobody else', async () => {
    const me = await addPerson(user, 'acme', 'usr-6')
    const them = await addPerson(user, 'acme', 'usr-7')
    await addPerson(user, 'other', 'usr-6')
    await user.client.updateMe({ fullName: 'Changed', locale: 'de', phone: '1234' }, me)
    for (const other of [them, user.asPerson('other', 'usr-6')]) {
      expect(await user.client.getMe({}, other)).toMatchObject({ locale: '', phone: '' })
    }
  })

  test('refuses what the contract does not allow, and an empty name', async () => {
    const me = await addPerson(user, 'acme', 'usr-8')
    for (const [field, change] of [
      ['full_name', { fullName: '' }],
      ['full_name', { fullName: '  ' }],
      ['locale', { locale: 'not a locale' }],
      ['phone', { phone: 'call me' }],
    ] as const) {
      await expect(user.client.updateMe(change, me)).rejects.toMatchObject({
        code: 'request.invalid',
        fields: [{ field }],
      })
    }
    expect((await user.client.getMe({}, me)).user?.fullName).toBe('Person usr-8')
  })

  test('needs the permission to write', async () => {
    await addPerson(user, 'acme', 'usr-9')
    const reader = user.asPerson('acme', 'usr-9', ['user.self.read'])
    await expect(user.client.updateMe({ locale: 'en' }, reader)).rejects.toMatchObject({
      code: 'auth.permission_denied',
    })
  })
})
