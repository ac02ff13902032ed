import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findBuiltInRole } from '../../src/domain/role.ts'
import { password, signInOf } from '../sign-in-harness.ts'
import { teamOf } from '../team-harness.ts'
import { startUser, type User } from '../user-harness.ts'
import { redirectUri, type Sso, ssoOf } from './sso-harness.ts'

let user: User
let sso: Sso
let count = 0

const issuer = 'https://login.example.com'
const nobody = { issuer, signIn: () => Promise.reject(new Error('nobody signs in')) }
const invalid = (field: string) => ({ code: 'request.invalid', fields: [{ field }] })

beforeAll(async () => {
  user = await startUser()
  for (const tenant of ['acme', 'other']) await user.createTenant(tenant)
  sso = ssoOf(user, 'acme', nobody)
})
afterAll(() => user.close())
beforeEach(async () => {
  await sso.connect({ enforced: false })
})

const get = (tenant = 'acme') => user.client.getSsoConnection({ tenant }, user.as(tenant))

describe('a connection', () => {
  test('is answered as it was made, without its secret', async () => {
    const made = await sso.connect({
      emailDomains: ['Example.COM', 'example.org'],
      defaultRole: 'support',
    })
    expect(made).toMatchObject({
      issuer,
      clientId: 'purser',
      redirectUris: [redirectUri],
      emailDomains: ['example.com', 'example.org'],
      defaultRole: 'support',
      justInTime: true,
      enforced: false,
    })
    expect(await get()).toEqual(made)
    expect(
      JSON.stringify(made, (_, value) => (typeof value === 'bigint' ? '' : value)),
    ).not.toContain('secret of')
    const events = await user.events('acme')
    expect(JSON.stringify(events)).not.toContain('secret of')
    expect(events.map(({ subject }) => subject)).toContain('sso_connection.set')
  })

  test('keeps its secret when none is told, but for no other provider or client', async () => {
    const sealed = async () => {
      const [row] = await user.adminQuery<{ connection_id: string }>(
        `select connection_id from "user".sso_connection where tenant_id = 'acme'`,
      )
      return row?.connection_id
    }
    const before = await sealed()
    await sso.connect({ clientSecret: '', emailDomains: ['example.net'] })
    expect(await sealed()).toBe(before)
    await expect(sso.connect({ clientSecret: '', clientId: 'x' })).rejects.toMatchObject(
      invalid('client_secret'),
    )
    await expect(
      sso.connect({ clientSecret: '', issuer: 'https://evil.test' }),
    ).rejects.toMatchObject(invalid('client_secret'))
    await sso.connect({ clientId: 'x' })
    expect(await sealed()).not.toBe(before)
  })

  test('is removed once and for all, and seen by its own tenant alone', async () => {
    await expect(get('other')).rejects.toMatchObject({ code: 'resource.not_found' })
    await user.client.deleteSsoConnection({ tenant: 'other' }, user.as('other'))
    expect((await get()).issuer).toBe(issuer)
    for (let round = 0; round < 2; round++) {
      await user.client.deleteSsoConnection({ tenant: 'acme' }, user.as('acme'))
    }
    await expect(get()).rejects.toMatchObject({ code: 'resource.not_found' })
  })

  test("is a matter of owners: an administrator's permissions do not reach it", async () => {
    const admin = findBuiltInRole('admin')?.permissions ?? []
    await expect(sso.connect({}, admin)).rejects.toMatchObject({ code: 'auth.permission_denied' })
  })

  test('gives nobody more than who makes it holds, and never the owner', async () => {
    const narrow = ['sso.connection.write', 'user.self.read']
    await expect(sso.connect({ defaultRole: 'admin' }, narrow)).rejects.toMatchObject({
      code: 'auth.permission_denied',
    })
    await expect(sso.connect({ defaultRole: 'owner' })).rejects.toMatchObject(
      invalid('default_role'),
    )
    await expect(sso.connect({ defaultRole: 'nobody' })).rejects.toMatchObject(invalid('role'))
  })

  test.each([
    'http://login.example.com',
    'http://localhost:3000',
    'https://localhost',
    'https://idp.localhost',
    'https://127.0.0.1',
    'https://127.1',
    'https://0x7f000001',
    'https://2130706433',
    'https://[::1]',
    'https://[::ffff:10.0.0.1]',
    'https://10.0.0.1',
    'https://192.168.0.1:8443',
    'https://169.254.169.254/latest/meta-data',
    'https://[fd00::1]',
    'https://user:pass@login.example.com',
    'https://login.example.com?x=1',
    'https://login.example.com#x',
    'ftp://login.example.com',
    'file:///etc/passwd',
    'login.example.com',
    'javascript:alert(1)',
  ])('is not made with the issuer %s', async (wanted) => {
    await expect(sso.connect({ issuer: wanted })).rejects.toMatchObject(invalid('issuer'))
  })

  test.each([
    'http://shop.example/callback',
    'https://shop.example/callback?x=1',
    'https://shop.example/callback#x',
    'https://SHOP.example/callback',
    'https://shop.example',
    'https://shop.example/a/../callback',
    'javascript:alert(1)',
    '/callback',
  ])('sends nobody back to %s', async (uri) => {
    const connecting = sso.connect({ redirectUris: [redirectUri, uri] })
    await expect(connecting).rejects.toMatchObject(invalid('redirect_uris[1]'))
  })

  test('may send people back to this machine, for development', async () => {
    const redirectUris = ['http://localhost:3000/callback']
    expect(await sso.connect({ redirectUris })).toMatchObject({ redirectUris })
  })
})

describe('where it is enforced', () => {
  const person = async (role: string) => {
    count += 1
    const email = `p${count}@example.com`
    const { user: shopper } = await signInOf(user, 'acme').register(email)
    const team = teamOf(user, 'acme')
    await team.verify(shopper?.userId ?? '')
    await team.setRole(shopper?.userId ?? '', role)
    return email
  }

  test.each(['admin', 'viewer', 'finance'])('%s cannot sign in by password', async (role) => {
    const email = await person(role)
    await signInOf(user, 'acme').login(email)
    await sso.connect({ enforced: true })
    const signIn = signInOf(user, 'acme')
    await expect(signIn.login(email)).rejects.toMatchObject({ code: 'auth.sso_required' })
    // Who does not know the password learns nothing.
    await expect(signIn.login(email, 'wrong horse battery')).rejects.toMatchObject({
      code: 'auth.invalid_credentials',
    })
  })

  test.each(['owner', 'shopper'])('%s still can', async (role) => {
    const email = await person(role)
    await sso.connect({ enforced: true })
    expect((await signInOf(user, 'acme').login(email)).user?.email).toBe(email)
  })

  test('an invitation cannot be taken up by a password', async () => {
    count += 1
    const { invitation } = await teamOf(user, 'acme').invite(`p${count}@example.com`, 'viewer')
    await sso.connect({ enforced: true })
    const accepting = () => user.client.acceptInvitation({ invitation, password }, user.anyone())
    await expect(accepting()).rejects.toMatchObject({ code: 'auth.sso_required' })
    await sso.connect({ enforced: false })
    expect((await accepting()).user?.email).toBe(`p${count}@example.com`)
  })
})
