import { UserStatus } from '@purser/contracts/user/v1/user'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { claimsOf, sessionOf, signInOf } from '../sign-in-harness.ts'
import { teamOf } from '../team-harness.ts'
import { startUser, type User } from '../user-harness.ts'
import { type IdentityProvider, startIdentityProvider } from './identity-provider.ts'
import { redirectUri, refused, type Sso, ssoOf } from './sso-harness.ts'

let user: User
let idp: IdentityProvider
let rival: IdentityProvider
let sso: Sso
let count = 0

const now = Temporal.Instant.from('2026-02-15T12:00:00Z')

beforeAll(async () => {
  user = await startUser({ ssoOnLoopback: true })
  for (const tenant of ['acme', 'other', 'bare']) await user.createTenant(tenant)
  idp = await startIdentityProvider(redirectUri)
  rival = await startIdentityProvider(redirectUri)
  sso = ssoOf(user, 'acme', idp)
})
afterAll(async () => {
  await user.close()
  await idp.close()
  await rival.close()
})
beforeEach(async () => {
  user.present.now = now
  await sso.connect()
})

/** Somebody at the provider whom nobody has seen here. */
function newcomer(claims: object = {}): { login: string; email: string } {
  count += 1
  const [login, email] = [`login-${count}`, `p${count}@example.com`]
  idp.people.set(login, { email, email_verified: true, name: `Person ${count}`, ...claims })
  return { login, email }
}

describe('a sign-in', () => {
  test('makes a person, whose session is one like any other', async () => {
    const { login, email } = newcomer()
    const answer = await sso.signIn(login)
    expect(answer.user).toMatchObject({
      email,
      fullName: `Person ${count}`,
      role: 'viewer',
      status: UserStatus.ACTIVE,
    })
    expect(claimsOf(answer.accessToken)).toMatchObject({ tenant: 'acme', sub: answer.user?.userId })
    const resolved = await signInOf(user, 'acme').resolve(sessionOf(answer))
    expect(resolved.userId).toBe(answer.user?.userId)
    expect((await signInOf(user, 'acme').refresh(answer.refreshToken)).user).toEqual(answer.user)
  })

  test('again is the same person, also under another address', async () => {
    const { login } = newcomer()
    const first = await sso.signIn(login)
    idp.people.set(login, { email: `new${count}@example.com`, email_verified: true })
    expect((await sso.signIn(login)).user).toEqual(first.user)
  })

  test('at the same time is one person', async () => {
    const { login, email } = newcomer()
    const answers = await Promise.all(Array.from({ length: 5 }, () => sso.signIn(login)))
    expect(new Set(answers.map((answer) => answer.user?.userId)).size).toBe(1)
    const rows = await user.adminQuery('select from "user".tenant_user where email = $1', [email])
    expect(rows).toHaveLength(1)
  })

  test('takes up an invitation, whose link then works no more', async () => {
    const { login, email } = newcomer()
    const invited = await teamOf(user, 'acme').invite(email, 'finance')
    const answer = await sso.signIn(login)
    expect(answer.user).toMatchObject({
      userId: invited.user?.userId,
      role: 'finance',
      status: UserStatus.ACTIVE,
    })
    const accepting = user.client.acceptInvitation(
      { invitation: invited.invitation, password: 'correct horse battery' },
      user.anyone(),
    )
    await expect(accepting).rejects.toMatchObject(refused)
  })

  test('takes an account from whoever registered with the address and did not prove it', async () => {
    const { login, email } = newcomer()
    const acme = signInOf(user, 'acme')
    const squatter = await acme.register(email)
    const answer = await sso.signIn(login)
    expect(answer.user?.userId).toBe(squatter.user?.userId)
    expect(answer.user).toMatchObject({ role: 'shopper', status: UserStatus.ACTIVE })
    await expect(acme.resolve(sessionOf(squatter))).rejects.toMatchObject(refused)
    await expect(acme.login(email)).rejects.toMatchObject(refused)
    await acme.resolve(sessionOf(answer))
    const userId = answer.user?.userId ?? ''
    expect(await teamOf(user, 'acme').setRole(userId, 'admin')).toMatchObject({ role: 'admin' })
    expect((await sso.signIn(login)).user?.userId).toBe(userId)
  })

  test('leaves the password of whoever proved the address', async () => {
    const { login, email } = newcomer()
    const acme = signInOf(user, 'acme')
    const registered = await acme.register(email)
    await teamOf(user, 'acme').verify(registered.user?.userId ?? '')
    expect((await sso.signIn(login)).user).toEqual(registered.user)
    await acme.resolve(sessionOf(registered))
    expect((await acme.login(email)).user).toEqual(registered.user)
  })

  test('makes a shopper who may be staff, since the provider proved the address', async () => {
    await sso.connect({ defaultRole: 'shopper' })
    const { user: made } = await sso.signIn(newcomer().login)
    expect(made).toMatchObject({ role: 'shopper', status: UserStatus.ACTIVE })
    const changed = await teamOf(user, 'acme').setRole(made?.userId ?? '', 'viewer')
    expect(changed).toMatchObject({ role: 'viewer' })
  })

  test('sends the challenge of PKCE, the state and a nonce, and keeps none of them readable', async () => {
    const { authorizationUrl, state } = await sso.start()
    const { searchParams } = new URL(authorizationUrl)
    expect(Object.fromEntries(searchParams)).toEqual({
      client_id: 'purser',
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid email profile',
      state,
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
    const rows = await user.adminQuery<{ text: string }>(
      `select a::text as text from "user".sso_attempt a union all select c::text from "user".sso_connection c`,
    )
    const everything = rows.map(({ text }) => text).join()
    expect(everything).toContain(redirectUri)
    for (const secret of [
      state,
      state.split('.')[1] ?? '',
      searchParams.get('nonce') ?? '',
      'the secret of the client',
    ]) {
      expect(everything).not.toContain(secret)
      expect(everything).not.toContain(Buffer.from(secret).toString('hex'))
    }
  })
})

describe('is refused', () => {
  test.each([
    ['without an address', { email: undefined }],
    ['with an address that nobody verified', { email_verified: false }],
    ['with an address of which it is not said', { email_verified: undefined }],
    ['outside the domains', { email: 'eve@evil.test' }],
    ['below a domain', { email: 'eve@sub.example.com' }],
    ['with a domain that ends alike', { email: 'eve@notexample.com' }],
    ['with two domains', { email: 'eve@evil.test@example.com' }],
    ['in quotes', { email: '"eve@evil.test"@example.com' }],
  ])('somebody %s', async (_name, claims) => {
    const { login } = newcomer(claims)
    await expect(sso.signIn(login)).rejects.toMatchObject(refused)
  })

  test('somebody new when nobody is to be made', async () => {
    await sso.connect({ justInTime: false })
    const { login, email } = newcomer()
    await expect(sso.signIn(login)).rejects.toMatchObject({ code: 'auth.permission_denied' })
    expect(
      await user.adminQuery('select from "user".tenant_user where email = $1', [email]),
    ).toEqual([])
  })

  test('somebody who is shut out', async () => {
    const { login } = newcomer()
    const { user: person } = await sso.signIn(login)
    await teamOf(user, 'acme').disable(person?.userId ?? '')
    await expect(sso.signIn(login)).rejects.toMatchObject(refused)
  })

  test('somebody else with the former address of a person', async () => {
    const { login, email } = newcomer()
    await sso.signIn(login)
    idp.people.set('successor', { email, email_verified: true })
    await expect(sso.signIn('successor')).rejects.toMatchObject(refused)
  })

  test('a state that was used, in whatever way', async () => {
    const { login } = newcomer()
    const { authorizationUrl } = await sso.start()
    const sent = await sso.visit(authorizationUrl, login)
    await expect(sso.finish({ ...sent, code: 'wrong' })).rejects.toMatchObject(refused)
    await expect(sso.finish(sent)).rejects.toMatchObject(refused)
    const again = await sso.visit((await sso.start()).authorizationUrl, login)
    await sso.finish(again)
    await expect(sso.finish(again)).rejects.toMatchObject(refused)
  })

  test('a state brought by two at once, but for one', async () => {
    const { login } = newcomer()
    const sent = await sso.visit((await sso.start()).authorizationUrl, login)
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => sso.finish(sent)))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('after ten minutes', async () => {
    const { login } = newcomer()
    const { authorizationUrl, expireTime } = await sso.start()
    const sent = await sso.visit(authorizationUrl, login)
    user.present.now = now.add({ minutes: 10 })
    expect(expireTime?.seconds).toBe(BigInt(user.present.now.epochMilliseconds / 1000))
    await expect(sso.finish(sent)).rejects.toMatchObject(refused)
  })

  test.each([
    '',
    'x',
    'rt_acme.x',
    `sso_acme.${'A'.repeat(43)}`,
    `sso_nobody.${'A'.repeat(43)}`,
    `inv_acme.${'A'.repeat(43)}`,
  ])('the state %j', async (state) => {
    const finishing = sso.finish({ state, code: 'x' })
    await expect(finishing).rejects.toMatchObject(
      state === '' ? { code: 'request.invalid' } : refused,
    )
  })

  test("a state of one's own with somebody else's code", async () => {
    const [mine, theirs] = [newcomer(), newcomer()]
    const own = await sso.visit((await sso.start()).authorizationUrl, mine.login)
    const stolen = await sso.visit((await sso.start()).authorizationUrl, theirs.login)
    // PKCE: the code was asked for with another verifier.
    await expect(sso.finish({ ...own, code: stolen.code })).rejects.toMatchObject(refused)
  })

  test('an answer of another issuer (RFC 9207)', async () => {
    const { login } = newcomer()
    const sent = await sso.visit((await sso.start()).authorizationUrl, login)
    expect(sent.iss).toBe(idp.issuer)
    await expect(sso.finish({ ...sent, iss: rival.issuer })).rejects.toMatchObject(refused)
    const silent = await sso.visit((await sso.start()).authorizationUrl, login)
    await expect(sso.finish({ ...silent, iss: '' })).rejects.toMatchObject(refused)
  })

  test('what began with a former connection, or before it was removed', async () => {
    const { login } = newcomer()
    const sent = await sso.visit((await sso.start()).authorizationUrl, login)
    await ssoOf(user, 'acme', rival).connect()
    await expect(sso.finish(sent)).rejects.toMatchObject(refused)
    const later =
      (await sso.connect(), await sso.visit((await sso.start()).authorizationUrl, login))
    await user.client.deleteSsoConnection({ tenant: 'acme' }, user.as('acme'))
    await expect(sso.finish(later)).rejects.toMatchObject(refused)
  })

  test('the code of another connection', async () => {
    rival.people.set('eve', { email: 'eve@example.com', email_verified: true })
    const theirs = ssoOf(user, 'other', rival)
    await theirs.connect()
    const foreign = await theirs.visit((await theirs.start()).authorizationUrl, 'eve')
    const { state } = await sso.start()
    await expect(sso.finish({ state, code: foreign.code, iss: idp.issuer })).rejects.toMatchObject(
      refused,
    )
    const answer = await theirs.finish(foreign)
    expect(claimsOf(answer.accessToken)['tenant']).toBe('other')
  })

  test('a provider with another secret of the client', async () => {
    await sso.connect({ clientSecret: 'wrong' })
    await expect(sso.signIn(newcomer().login)).rejects.toMatchObject(refused)
  })
})

describe('a provider that fails', () => {
  test.each([500, 302, 404])('answers %i: nobody can begin', async (status) => {
    const broken = await startIdentityProvider(redirectUri)
    const failing = ssoOf(user, 'other', broken)
    await failing.connect()
    broken.breakWith(status)
    await expect(failing.start()).rejects.toMatchObject({ code: 'auth.provider_unavailable' })
    broken.breakWith(undefined)
    await failing.start()
    await broken.close()
  })

  test('is not there', async () => {
    const gone = await startIdentityProvider(redirectUri)
    await gone.close()
    const failing = ssoOf(user, 'other', gone)
    await failing.connect()
    await expect(failing.start()).rejects.toMatchObject({ code: 'auth.provider_unavailable' })
  })

  test('vanishes in the middle', async () => {
    const leaving = await startIdentityProvider(redirectUri)
    leaving.people.set('eve', { email: 'eve@example.com', email_verified: true })
    const failing = ssoOf(user, 'other', leaving)
    await failing.connect()
    const sent = await failing.visit((await failing.start()).authorizationUrl, 'eve')
    await leaving.close()
    await expect(failing.finish(sent)).rejects.toMatchObject({ code: 'auth.provider_unavailable' })
  })
})

test('a tenant without a connection, and none, answer the same', async () => {
  const begin = (tenant: string) =>
    user.client.startSso({ tenant, redirectUri }, user.anyone()).then(
      () => undefined,
      ({ code, message }) => ({ code, message }),
    )
  expect(await begin('bare')).toEqual(await begin('no-such-tenant'))
  expect(await begin('bare')).toMatchObject({ code: 'resource.not_found' })
})

test('nobody is sent to an address that the connection does not name', async () => {
  const none = {
    code: 'resource.not_found',
    message: 'There is no such connection for single sign-on.',
  }
  for (const uri of ['https://evil.test/callback', `${redirectUri}/`, `${redirectUri}?x=1`]) {
    await expect(sso.start(uri)).rejects.toMatchObject(none)
  }
  const bare = user.client.startSso({ tenant: 'bare', redirectUri }, user.anyone())
  await expect(bare).rejects.toMatchObject(none)
})
