import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findBuiltInRole } from '../src/domain/role.ts'
import { password, refused, sessionOf, signInOf } from './sign-in-harness.ts'
import { startUser, type User } from './user-harness.ts'

let user: User
let acme: ReturnType<typeof signInOf>
let other: ReturnType<typeof signInOf>
const start = Temporal.Instant.from('2026-02-15T12:00:00Z')

beforeAll(async () => {
  user = await startUser()
  for (const tenant of ['acme', 'other', 'rush']) await user.createTenant(tenant)
  acme = signInOf(user, 'acme')
  other = signInOf(user, 'other')
})
afterAll(() => user.close())
beforeEach(() => {
  user.present.now = start
})

const tooMany = (seconds: number) => ({
  code: 'auth.too_many_attempts',
  details: { retry_after_seconds: String(seconds) },
})

describe('registering', () => {
  test('makes a shopper with an account and signs in', async () => {
    const answer = await acme.register('Jo@Example.com')
    expect(answer.user).toMatchObject({ email: 'jo@example.com', role: 'shopper', status: 2 })
    const { userId = '', accountId = '' } = answer.user ?? {}
    const account = await user.client.getAccount({ tenant: 'acme', accountId }, user.as('acme'))
    expect(account).toMatchObject({ name: 'Jo Doe', email: 'jo@example.com', kind: 1 })
    expect(await acme.resolve(sessionOf(answer))).toMatchObject({
      userId,
      permissions: findBuiltInRole('shopper')?.permissions,
    })
    const expected = { user_id: userId, account_id: accountId }
    expect(await acme.eventsNamed('user.registered')).toContainEqual(expected)
  })

  test('50 times at once makes one person and one account', async () => {
    const rush = signInOf(user, 'rush')
    const answers = await Promise.allSettled(
      Array.from({ length: 50 }, () => rush.register('rush@example.com')),
    )
    const failed = answers.filter((answer) => answer.status === 'rejected')
    expect(failed.map(({ reason }) => reason.code)).toEqual(Array(49).fill('user.already_exists'))
    const accounts = await user.client.listAccounts({ tenant: 'rush' }, user.as('rush'))
    expect(accounts.accounts).toHaveLength(1)
    expect(await rush.eventsNamed('user.registered')).toHaveLength(1)
  })

  test('needs a tenant that exists and a password of 10 characters', async () => {
    await expect(signInOf(user, 'nobody').register('a@example.com')).rejects.toMatchObject({
      code: 'resource.not_found',
    })
    const short = { tenant: 'acme', email: 'a@example.com', password: '9 letters', fullName: 'A' }
    await expect(user.client.register(short, user.anyone())).rejects.toMatchObject({
      code: 'request.invalid',
      fields: [{ field: 'password' }],
    })
  })
})

describe('signing in', () => {
  test('needs the password and the tenant of the person, in any case of the address', async () => {
    const registered = await acme.register('who@example.com')
    const answer = await acme.login('WHO@example.com')
    expect(answer.user).toEqual(registered.user)
    expect(sessionOf(answer)).not.toBe(sessionOf(registered))
    await expect(other.login('who@example.com')).rejects.toMatchObject(refused)
  })

  test('is refused in the same words whatever is wrong', async () => {
    await acme.register('known@example.com')
    const disabled = await acme.register('disabled@example.com')
    await acme.setStatus(disabled.user?.userId ?? '', 'disabled')
    await user.client.inviteUser(
      { tenant: 'acme', email: 'invited@example.com', fullName: 'I' },
      user.as('acme'),
    )
    await expect(acme.login('known@example.com', 'wrong')).rejects.toMatchObject(refused)
    await expect(acme.login('unknown@example.com')).rejects.toMatchObject(refused)
    await expect(acme.login('disabled@example.com')).rejects.toMatchObject(refused)
    await expect(acme.login('invited@example.com')).rejects.toMatchObject(refused)
  })

  test('leaves no secret in rows and events', async () => {
    const { refreshToken, accessToken } = await acme.register('secret@example.com')
    const rows = await user.adminQuery<{ text: string }>(
      `select u::text as text from "user".tenant_user as u
       union all select s::text from "user".session as s
       union all select r::text from "user".refresh_token as r
       union all select payload::text from "user".outbox`,
    )
    const everything = rows.map(({ text }) => text).join('\n')
    expect(everything).toContain('secret@example.com')
    for (const secret of [password, refreshToken.split('.').at(-1), accessToken]) {
      expect(everything).not.toContain(secret)
    }
  })
})

describe.each(['guessed@example.com', 'no-one@example.com'])('guessing at %s', (email) => {
  beforeAll(async () => {
    if (email.startsWith('guessed')) await acme.register(email)
  })

  test('is blocked after 5 free failures, for longer each time', async () => {
    for (let n = 0; n < 6; n++) await expect(acme.login(email, 'x')).rejects.toMatchObject(refused)
    await expect(acme.login(email)).rejects.toMatchObject(tooMany(2))
    user.present.now = start.add({ seconds: 1 })
    await expect(acme.login(email)).rejects.toMatchObject(tooMany(1))
    user.present.now = start.add({ seconds: 2 })
    await expect(acme.login(email, 'x')).rejects.toMatchObject(refused)
    await expect(acme.login(email)).rejects.toMatchObject(tooMany(4))
  })
})

describe('failures', () => {
  test('of an e-mail address are forgotten once the password is right', async () => {
    await acme.register('clumsy@example.com')
    for (let round = 0; round < 3; round++) {
      for (let n = 0; n < 5; n++) {
        await expect(acme.login('clumsy@example.com', 'x')).rejects.toMatchObject(refused)
      }
      await acme.login('clumsy@example.com')
    }
  })

  test('at the same time do not slip through', async () => {
    const guesses = Array.from({ length: 40 }, () => acme.login('storm@example.com', 'x'))
    const answers = await Promise.allSettled(guesses)
    const codes = answers.map((answer) => answer.status === 'rejected' && answer.reason.code)
    expect(codes.filter((code) => code === 'auth.invalid_credentials')).toHaveLength(6)
    expect(codes.filter((code) => code === 'auth.too_many_attempts')).toHaveLength(34)
  })

  test('of a network address count over all e-mails, and successes do not', async () => {
    await acme.register('office@example.com')
    const from = { 'purser-client-address': '192.0.2.1' }
    for (let n = 0; n < 21; n++) {
      await acme.login('office@example.com', password, from)
      const guess = acme.login(`victim-${n}@example.com`, 'x', from)
      await expect(guess).rejects.toMatchObject(refused)
    }
    const blocked = acme.login('office@example.com', password, from)
    await expect(blocked).rejects.toMatchObject(tooMany(2))
    await acme.login('office@example.com', password, { 'purser-client-address': '192.0.2.2' })
    user.present.now = start.add({ seconds: 2 })
    await acme.login('office@example.com', password, from)
  })
})
