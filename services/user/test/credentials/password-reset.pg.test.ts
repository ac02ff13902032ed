import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { password, refused, sessionOf, signInOf } from '../sign-in-harness.ts'
import { type Credentials, newPerson, startCredentials, tokenOf } from './credentials-harness.ts'

let user: Credentials
const start = Temporal.Instant.from('2026-02-15T12:00:00Z')
const badToken = { code: 'auth.invalid_token', kind: 'invalid_argument' }
const newPassword = 'another horse battery'

beforeAll(async () => {
  user = await startCredentials()
  for (const tenant of ['acme', 'other']) await user.createTenant(tenant)
})
afterAll(() => user.close())
beforeEach(() => {
  user.present.now = start
})

const request = (email: string, tenant = 'acme') =>
  user.client.requestPasswordReset({ tenant, email }, user.anyone())
const reset = (token: string) => user.client.resetPassword({ token, newPassword }, user.anyone())
const resetOf = async (email: string) => tokenOf(await user.mailTo(email, 'password_reset'))

describe('asking for a new password', () => {
  test('answers the same for an address that nobody has, and sends nothing', async () => {
    const { email } = await newPerson(user, 'acme')
    const known = await request(email.toUpperCase())
    const unknown = await request('no-one@example.com')
    expect(unknown).toEqual(known)
    expect((await user.mailTo(email, 'password_reset')).variables).toEqual({ valid_for: '1 hour' })
    expect(user.mails.filter((mail) => mail.recipientEmail === 'no-one@example.com')).toEqual([])
  })

  test.each(['blocked@example.com', 'no-one-blocked@example.com'])(
    'is held back the same for %s',
    async (email) => {
      if (email.startsWith('blocked')) await signInOf(user, 'acme').register(email)
      for (let n = 0; n < 6; n++) await request(email)
      await expect(request(email)).rejects.toMatchObject({
        code: 'auth.too_many_attempts',
        details: { retry_after_seconds: '2' },
      })
      await request(email, 'other')
      user.present.now = start.add({ seconds: 2 })
      await request(email)
    },
  )

  test('sends nothing to somebody shut out, invited, or of another tenant', async () => {
    const shutOut = await newPerson(user, 'acme')
    const theirs = await newPerson(user, 'other')
    await signInOf(user, 'acme').setStatus(shutOut.userId, 'disabled')
    const invited = { tenant: 'acme', email: 'new@example.com', fullName: 'New' }
    await user.client.inviteUser(invited, user.as('acme'))
    for (const email of [shutOut.email, theirs.email, 'new@example.com']) await request(email)
    await user.quiet()
    const sent = user.mails.filter((mail) => mail.templateKey === 'password_reset')
    expect(sent.map((mail) => mail.recipientEmail)).not.toContain(shutOut.email)
    expect(sent.map((mail) => mail.recipientEmail)).not.toContain(theirs.email)
    expect(sent.map((mail) => mail.recipientEmail)).not.toContain('new@example.com')
  })

  test('needs a tenant that exists', async () => {
    await expect(request('a@example.com', 'nobody')).rejects.toMatchObject({
      code: 'resource.not_found',
    })
  })
})

describe('setting the new password', () => {
  test('ends every session and every other link, once, and tells the person', async () => {
    const acme = signInOf(user, 'acme')
    const { email, userId, registered, me } = await newPerson(user, 'acme')
    const second = await acme.login(email)
    await request(email)
    const first = await resetOf(email)
    await request(email)
    const token = await resetOf(email)
    expect(token).not.toBe(first)
    await reset(token)
    for (const { accessToken, refreshToken } of [registered, second]) {
      await expect(acme.resolve(sessionOf({ accessToken }))).rejects.toMatchObject(refused)
      await expect(acme.refresh(refreshToken)).rejects.toMatchObject(refused)
    }
    for (const used of [token, first]) await expect(reset(used)).rejects.toMatchObject(badToken)
    await expect(acme.login(email)).rejects.toMatchObject(refused)
    await acme.login(email, newPassword)
    expect((await me()).emailVerified).toBe(true)
    await user.mailTo(email, 'password_changed_notice')
    expect(await acme.eventsNamed('user.password_reset')).toContainEqual({ user_id: userId })
    expect(await acme.eventsNamed('user.password_changed')).toContainEqual({ user_id: userId })
  })

  test('lets somebody in again whose failures block them', async () => {
    const acme = signInOf(user, 'acme')
    const { email } = await newPerson(user, 'acme')
    for (let n = 0; n < 6; n++) await expect(acme.login(email, 'x')).rejects.toThrow()
    await request(email)
    await reset(await resetOf(email))
    await acme.login(email, newPassword)
  })

  test('of two at the same time is done by one', async () => {
    const { email } = await newPerson(user, 'acme')
    await request(email)
    const token = await resetOf(email)
    const answers = await Promise.allSettled([reset(token), reset(token)])
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  test('is refused after an hour, after a change of password, and for who is shut out', async () => {
    const late = await newPerson(user, 'acme')
    await request(late.email)
    const token = await resetOf(late.email)
    user.present.now = start.add({ hours: 1 })
    await expect(reset(token)).rejects.toMatchObject(badToken)
    user.present.now = start
    const passwords = { currentPassword: password, newPassword: 'a third horse battery' }
    await user.client.changePassword(passwords, late.as)
    await expect(reset(token)).rejects.toMatchObject(badToken)

    const shutOut = await newPerson(user, 'acme')
    await request(shutOut.email)
    const theirs = await resetOf(shutOut.email)
    await signInOf(user, 'acme').setStatus(shutOut.userId, 'disabled')
    await expect(reset(theirs)).rejects.toMatchObject(badToken)
  })

  test('is refused for what is no such token', async () => {
    const { email } = await newPerson(user, 'acme')
    await request(email)
    const token = await resetOf(email)
    const wrong = [
      'x',
      token.slice(0, -1),
      token.replace('pr_', 'ev_'),
      `pr_acme.${'A'.repeat(43)}`,
    ]
    for (const text of wrong) await expect(reset(text)).rejects.toMatchObject(badToken)
    const verified = user.client.verifyEmail({ token }, user.anyone())
    await expect(verified).rejects.toMatchObject(badToken)
  })
})

test('an invitation is mailed as it is answered, and one that was replaced is not', async () => {
  const asked = {
    tenant: 'acme',
    email: 'mailed@example.com',
    fullName: 'Mail Ed',
    role: 'finance',
  }
  const { invitation, user: invited } = await user.client.inviteUser(asked, user.as('acme'))
  const mail = await user.mailTo('mailed@example.com', 'invitation')
  expect(tokenOf(mail)).toBe(invitation)
  expect(mail.variables).toEqual({
    inviter_name: 'acme Inc.',
    role: 'Finance',
    valid_for: '7 days',
  })
  const again = await user.client.inviteUser(asked, user.as('acme'))
  expect(again.user?.userId).toBe(invited?.userId)
  expect(again.invitation).not.toBe(invitation)
  expect(tokenOf(await user.mailTo('mailed@example.com', 'invitation'))).toBe(again.invitation)
  const accepted = { invitation: again.invitation, password: newPassword }
  await user.client.acceptInvitation(accepted, user.anyone())
  await user.mailTo('mailed@example.com', 'email_verification')
})
