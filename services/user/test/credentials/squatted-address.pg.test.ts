import { UserStatus } from '@purser/contracts/user/v1/user'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { totpCode, totpStep } from '../../src/credentials/totp.ts'
import { findBuiltInRole } from '../../src/domain/role.ts'
import { password, refused, sessionOf, signInOf } from '../sign-in-harness.ts'
import { type Team, teamOf } from '../team-harness.ts'
import { type Credentials, newPerson, startCredentials, tokenOf } from './credentials-harness.ts'
import { SoftwareAuthenticator } from './software-authenticator.ts'

let user: Credentials
let team: Team
let acme: ReturnType<typeof signInOf>
const start = Temporal.Instant.from('2026-02-15T12:00:00Z')
const unproved = { code: 'user.email_not_verified', kind: 'failed_precondition' }
const ownPassword = 'the horse of the staff'

beforeAll(async () => {
  user = await startCredentials()
  await user.createTenant('acme')
  acme = signInOf(user, 'acme')
  team = teamOf(user, 'acme')
  await team.member('owner@acme.test', 'owner')
})
afterAll(() => user.close())
beforeEach(() => {
  user.present.now = start
})

async function verify(email: string): Promise<void> {
  const token = tokenOf(await user.mailTo(email, 'email_verification'))
  await user.client.verifyEmail({ token }, user.anyone())
}

const acceptMailed = async (email: string) => {
  const invitation = tokenOf(await user.mailTo(email, 'invitation'))
  return await user.client.acceptInvitation({ invitation, password: ownPassword }, user.anyone())
}

describe('somebody who registered with an address that nobody proved', () => {
  test.each(['owner', 'admin', 'finance', 'support', 'developer', 'viewer'])(
    'cannot be given the role %s',
    async (role) => {
      const { userId, email, registered } = await newPerson(user, 'acme')
      await expect(team.setRole(userId, role)).rejects.toMatchObject({
        ...unproved,
        message: expect.stringContaining(`"${email}"`),
        fields: [{ field: 'user_id' }],
      })
      const { permissions } = await acme.resolve(sessionOf(registered))
      expect(permissions).toEqual(findBuiltInRole('shopper')?.permissions)
    },
  )

  test("may have a role of the tenant's own that gives what shoppers have, and none that gives more", async () => {
    const { userId } = await newPerson(user, 'acme')
    await team.createRole('buyer', ['cart.self.write', 'order.self.read'])
    await team.createRole('packer', ['cart.self.write', 'shipping.shipments.read'])
    expect(await team.setRole(userId, 'buyer')).toMatchObject({ role: 'buyer' })
    await expect(team.setRole(userId, 'packer')).rejects.toMatchObject(unproved)
  })

  test('can once the address is verified, and not by the proof of a former one', async () => {
    const { userId, email } = await newPerson(user, 'acme')
    await verify(email)
    const moved = `moved-${email}`
    const move = 'update "user".tenant_user set email = $2 where user_id = $1'
    await user.adminQuery(move, [userId, moved])
    await expect(team.setRole(userId, 'admin')).rejects.toMatchObject(unproved)
    await user.adminQuery(move, [userId, email])
    expect(await team.setRole(userId, 'admin')).toMatchObject({ role: 'admin' })
  })

  test('and was shut out cannot either', async () => {
    const { userId } = await newPerson(user, 'acme')
    await team.disable(userId)
    await expect(team.setRole(userId, 'viewer')).rejects.toMatchObject(unproved)
  })
})

describe('an invitation to such an address', () => {
  test('ends all that signs in, and gives the account to whoever has the address', async () => {
    const squatter = await newPerson(user, 'acme')
    const { email, userId, as } = squatter
    const device = new SoftwareAuthenticator()
    const begin = () => user.client.beginPasskeyRegistration({ currentPassword: password }, as)
    const credentialJson = device.create((await begin()).optionsJson)
    await user.client.registerPasskey({ name: 'Phone', credentialJson }, as)
    const { secret } = await user.client.enrollTotp({ currentPassword: password }, as)
    await user.client.confirmTotp({ code: totpCode(secret, totpStep(start)) }, as)
    const { secondFactorChallenge: challenge } = await acme.login(email)
    await user.client.requestPasswordReset({ tenant: 'acme', email }, user.anyone())
    const resetToken = tokenOf(await user.mailTo(email, 'password_reset'))
    const begun = new SoftwareAuthenticator().create((await begin()).optionsJson)

    const invited = await team.invite(email.toUpperCase(), 'admin')
    expect(invited.invitation).toBe('')
    expect(invited.user).toMatchObject({ userId, email, role: 'admin' })
    expect(invited.user?.status).toBe(UserStatus.INVITED)

    const ended = async () => {
      const { refreshToken } = squatter.registered
      await expect(acme.resolve(sessionOf(squatter.registered))).rejects.toMatchObject(refused)
      await expect(acme.refresh(refreshToken)).rejects.toMatchObject(refused)
      await expect(acme.login(email)).rejects.toMatchObject(refused)
      const { optionsJson } = await user.client.beginPasskeySignIn(
        { tenant: 'acme' },
        user.anyone(),
      )
      const signIn = { tenant: 'acme', credentialJson: device.get(optionsJson) }
      await expect(user.client.signInWithPasskey(signIn, user.anyone())).rejects.toMatchObject(
        refused,
      )
      const code = { case: 'code' as const, value: totpCode(secret, totpStep(start) + 1n) }
      const second = user.client.signInWithSecondFactor({ challenge, proof: code }, user.anyone())
      await expect(second).rejects.toMatchObject(refused)
      const reset = { token: resetToken, newPassword: 'a horse of the squatter' }
      await expect(user.client.resetPassword(reset, user.anyone())).rejects.toMatchObject({
        code: 'auth.invalid_token',
      })
      await expect(
        user.client.registerPasskey({ name: 'Late', credentialJson: begun }, as),
      ).rejects.toMatchObject({ code: 'auth.passkey_refused' })
    }
    await ended()

    const accepted = await acceptMailed(email)
    expect(accepted.user).toMatchObject({ userId, role: 'admin', status: UserStatus.ACTIVE })
    expect(await squatter.me()).toMatchObject({ emailVerified: true, totpEnabled: false })
    await ended()
    expect((await acme.login(email, ownPassword)).user?.userId).toBe(userId)
    expect((await acme.resolve(sessionOf(accepted))).permissions).toContain('user.*')
  })

  test('is told to nobody else, however often it is made', async () => {
    const { email, userId } = await newPerson(user, 'acme')
    expect((await team.invite(email, 'viewer')).invitation).toBe('')
    expect((await team.invite(email, 'finance')).invitation).toBe('')
    await team.disable(userId)
    await team.enable(userId)
    expect((await team.invite(email, 'support')).invitation).toBe('')
    expect((await acceptMailed(email)).user).toMatchObject({ userId, role: 'support' })
  })

  test('leaves nothing of a call that was under way', async () => {
    const { email, userId, as } = await newPerson(user, 'acme')
    await team.invite(email, 'viewer')
    await user.adminQuery(
      `insert into "user".passkey (tenant_id, passkey_id, user_id, name, credential_id, public_key,
         sign_count, transports, is_synced, created_at)
       values ('acme', 'pky_late', $1, 'Late', '\\x01', '\\x01', 0, '{}', false, $2)`,
      [userId, start.toString()],
    )
    await acceptMailed(email)
    expect((await user.client.listPasskeys({}, as)).passkeys).toEqual([])
  })

  test('needs a caller who may decide about shoppers, and changes nothing otherwise', async () => {
    const { email, registered } = await newPerson(user, 'acme')
    await team.createRole('greeter', ['shipping.methods.read'])
    const inviting = team.invite(email, 'greeter', ['user.users.write', 'shipping.methods.read'])
    await expect(inviting).rejects.toMatchObject({
      code: 'auth.permission_denied',
      fields: [{ field: 'email' }],
    })
    await acme.resolve(sessionOf(registered))
  })

  test('at the same time as its verification is one or the other', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { email, userId, registered } = await newPerson(user, 'acme')
      const token = tokenOf(await user.mailTo(email, 'email_verification'))
      const [verified, invited] = await Promise.allSettled([
        user.client.verifyEmail({ token }, user.anyone()),
        team.invite(email, 'admin'),
      ])
      expect([verified.status, invited.status].toSorted()).toEqual(['fulfilled', 'rejected'])
      const isTaken = invited.status === 'fulfilled'
      expect((await team.get(userId)).role).toBe(isTaken ? 'admin' : 'shopper')
      const session = acme.resolve(sessionOf(registered))
      if (isTaken) await expect(session).rejects.toMatchObject(refused)
      else await session
    }
  })
})

test('a password that is reset by whoever has the address ends a passkey of whoever registered', async () => {
  const { email, as, me } = await newPerson(user, 'acme')
  const passkeys = async () => (await user.client.listPasskeys({}, as)).passkeys.length
  const reset = async (newPassword: string) => {
    await user.client.requestPasswordReset({ tenant: 'acme', email }, user.anyone())
    const token = tokenOf(await user.mailTo(email, 'password_reset'))
    await user.client.resetPassword({ token, newPassword }, user.anyone())
  }
  const register = async (currentPassword: string) => {
    const { optionsJson } = await user.client.beginPasskeyRegistration({ currentPassword }, as)
    const credentialJson = new SoftwareAuthenticator().create(optionsJson)
    await user.client.registerPasskey({ name: 'Phone', credentialJson }, as)
  }
  await register(password)
  await reset(ownPassword)
  expect(await passkeys()).toBe(0)
  expect((await me()).emailVerified).toBe(true)
  await register(ownPassword)
  await reset('once more another horse')
  expect(await passkeys()).toBe(1)
})

describe('an invitation of somebody who is there', () => {
  test('is refused, and names the role to be set', async () => {
    const { email, userId } = await newPerson(user, 'acme')
    await verify(email)
    await expect(team.invite(email, 'admin')).rejects.toMatchObject({
      code: 'user.already_exists',
      message: expect.stringContaining(`set the role of the user "${userId}"`),
    })
    expect(await team.setRole(userId, 'admin')).toMatchObject({ role: 'admin' })
  })

  test('who is shut out names that', async () => {
    const { email, userId } = await newPerson(user, 'acme')
    await team.disable(userId)
    await expect(team.invite(email, 'admin')).rejects.toMatchObject({
      code: 'user.already_exists',
      message: expect.stringContaining(`enable the user "${userId}"`),
    })
  })
})
