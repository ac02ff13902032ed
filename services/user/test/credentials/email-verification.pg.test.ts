import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { password, signInOf } from '../sign-in-harness.ts'
import { type Credentials, newPerson, startCredentials, tokenOf } from './credentials-harness.ts'

let user: Credentials
const start = Temporal.Instant.from('2026-02-15T12:00:00Z')
const badToken = { code: 'auth.invalid_token' }

beforeAll(async () => {
  user = await startCredentials()
  for (const tenant of ['acme', 'other']) await user.createTenant(tenant)
})
afterAll(() => user.close())
beforeEach(() => {
  user.present.now = start
})

const verify = (token: string) => user.client.verifyEmail({ token }, user.anyone())
const verificationOf = (email: string) => user.mailTo(email, 'email_verification')

describe('verifying an address', () => {
  test('is asked for by a mail after registering, and done by its link, once', async () => {
    const { email, userId, me } = await newPerson(user, 'acme')
    expect((await me()).emailVerified).toBe(false)
    const mail = await verificationOf(email)
    expect(mail).toMatchObject({
      tenant: 'acme',
      recipientName: 'Jo Doe',
      variables: { valid_for: '24 hours' },
    })
    expect(mail.secretVariables['link']).toMatch(/^http:\/\/localhost:3000\/verify-email#token=ev_/)
    await verify(tokenOf(mail))
    expect((await me()).emailVerified).toBe(true)
    await expect(verify(tokenOf(mail))).rejects.toMatchObject(badToken)
    const events = await signInOf(user, 'acme').eventsNamed('user.email_verified')
    expect(events).toContainEqual({ user_id: userId })
  })

  test('of two at the same time is done by one', async () => {
    const { email } = await newPerson(user, 'acme')
    const token = tokenOf(await verificationOf(email))
    const answers = await Promise.allSettled([verify(token), verify(token)])
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  test('is refused for another tenant, purpose, or after 24 hours', async () => {
    const { email } = await newPerson(user, 'acme')
    const token = tokenOf(await verificationOf(email))
    for (const wrong of [
      token.replace('ev_acme', 'ev_other'),
      token.replace('ev_', 'pr_'),
      `ev_acme.${'A'.repeat(43)}`,
      'x',
    ]) {
      await expect(verify(wrong)).rejects.toMatchObject(badToken)
    }
    const reset = { token: token.replace('ev_', 'pr_'), newPassword: 'another horse battery' }
    await expect(user.client.resetPassword(reset, user.anyone())).rejects.toMatchObject(badToken)
    user.present.now = start.add({ hours: 24 })
    await expect(verify(token)).rejects.toMatchObject(badToken)
    user.present.now = start.add({ hours: 24 }).subtract({ seconds: 1 })
    await verify(token)
  })

  test('is refused for somebody who was shut out', async () => {
    const { email, userId } = await newPerson(user, 'acme')
    const token = tokenOf(await verificationOf(email))
    await signInOf(user, 'acme').setStatus(userId, 'disabled')
    await expect(verify(token)).rejects.toMatchObject(badToken)
  })
})

describe('asking for the mail again', () => {
  test('sends another link, and none once the address is verified', async () => {
    const { email, as } = await newPerson(user, 'acme')
    const first = await verificationOf(email)
    await user.client.resendVerification({}, as)
    const second = await verificationOf(email)
    expect(tokenOf(second)).not.toBe(tokenOf(first))
    await verify(tokenOf(first))
    await expect(verify(tokenOf(second))).rejects.toMatchObject(badToken)
    const count = user.mails.length
    await user.client.resendVerification({}, as)
    await user.quiet()
    expect(user.mails).toHaveLength(count)
  })

  test('is held back after five', async () => {
    const { as } = await newPerson(user, 'acme')
    for (let n = 0; n < 6; n++) await user.client.resendVerification({}, as)
    await expect(user.client.resendVerification({}, as)).rejects.toMatchObject({
      code: 'auth.too_many_attempts',
      details: { retry_after_seconds: '2' },
    })
    user.present.now = start.add({ seconds: 2 })
    await user.client.resendVerification({}, as)
    const rows = await user.adminQuery(
      `select from "user".mail_token where purpose = 'verify_email' group by user_id
       having count(*) > 5`,
    )
    expect(rows).toEqual([])
  })
})

describe('changing the address', () => {
  const change = (as: Parameters<typeof user.client.changeEmail>[1], newEmail: string) =>
    user.client.changeEmail({ currentPassword: password, newEmail }, as)
  const confirm = (token: string) => user.client.confirmEmailChange({ token }, user.anyone())
  const confirmationOf = (email: string) => user.mailTo(email, 'email_change_confirm')

  test('happens when the link to the new one is followed, and the old one is told', async () => {
    const { email, userId, as, me } = await newPerson(user, 'acme')
    const stale = tokenOf(await verificationOf(email))
    await change(as, `New-${email}`)
    const mail = await confirmationOf(`new-${email}`)
    expect(mail.variables).toEqual({ valid_for: '1 hour', new_email: `new-${email}` })
    expect((await me()).user?.email).toBe(email)
    await confirm(tokenOf(mail))
    expect(await me()).toMatchObject({ emailVerified: true, user: { email: `new-${email}` } })
    expect((await user.mailTo(email, 'email_changed_notice')).variables).toEqual({
      new_email: `new-${email}`,
      time: '2026-02-15 12:00 UTC',
    })
    await expect(confirm(tokenOf(mail))).rejects.toMatchObject(badToken)
    await expect(verify(stale)).rejects.toMatchObject(badToken)
    await signInOf(user, 'acme').login(`new-${email}`)
    const events = await signInOf(user, 'acme').eventsNamed('user.email_changed')
    expect(events).toContainEqual({ user_id: userId })
  })

  test('needs the password, whose guesses count with those of signing in', async () => {
    const { as } = await newPerson(user, 'acme')
    const guess = () =>
      user.client.changeEmail({ currentPassword: 'x', newEmail: 'a@example.com' }, as)
    for (let n = 0; n < 6; n++) {
      await expect(guess()).rejects.toMatchObject({
        code: 'auth.wrong_password',
        kind: 'invalid_argument',
        fields: [{ field: 'current_password' }],
      })
    }
    await expect(change(as, 'a@example.com')).rejects.toMatchObject({
      code: 'auth.too_many_attempts',
    })
  })

  test('to one that somebody has answers the same, and sends nothing', async () => {
    const taken = await newPerson(user, 'acme')
    const { as } = await newPerson(user, 'acme')
    await user.quiet()
    const count = user.mails.length
    await change(as, taken.email)
    await user.quiet()
    expect(user.mails).toHaveLength(count)
  })

  test('to one that somebody took meanwhile is refused', async () => {
    const { email, as, me } = await newPerson(user, 'acme')
    await change(as, `raced-${email}`)
    const token = tokenOf(await confirmationOf(`raced-${email}`))
    await signInOf(user, 'acme').register(`raced-${email}`)
    await expect(confirm(token)).rejects.toMatchObject({ code: 'user.already_exists' })
    expect((await me()).user?.email).toBe(email)
  })

  test('does not outlive a change of the password, nor an hour', async () => {
    const { email, as } = await newPerson(user, 'acme')
    await change(as, `late-${email}`)
    const late = tokenOf(await confirmationOf(`late-${email}`))
    user.present.now = start.add({ hours: 1 })
    await expect(confirm(late)).rejects.toMatchObject(badToken)
    user.present.now = start
    const passwords = { currentPassword: password, newPassword: 'another horse battery' }
    await user.client.changePassword(passwords, as)
    await expect(confirm(late)).rejects.toMatchObject(badToken)
    expect((await user.mailTo(email, 'password_changed_notice')).variables).toEqual({
      time: '2026-02-15 12:00 UTC',
    })
  })

  test('to the present one is refused', async () => {
    const { email, as } = await newPerson(user, 'acme')
    await expect(change(as, email.toUpperCase())).rejects.toMatchObject({
      code: 'request.invalid',
      fields: [{ field: 'new_email' }],
    })
  })
})

test('no token and no password lies in the database while mails wait and after', async () => {
  const { email, as } = await newPerson(user, 'acme')
  await user.client.changeEmail({ currentPassword: password, newEmail: `x-${email}` }, as)
  const waiting = await dump()
  const tokens = [
    await user.mailTo(email, 'email_verification'),
    await user.mailTo(`x-${email}`, 'email_change_confirm'),
  ].map((mail) => tokenOf(mail).split('.')[1] ?? '')
  const everything = waiting + (await dump()) + user.lines.join('\n')
  expect(everything).toContain(email)
  for (const token of tokens) {
    expect(token).toHaveLength(43)
    expect(everything).not.toContain(token)
    expect(everything).not.toContain(Buffer.from(token, 'base64url').toString('hex'))
  }
  expect(everything).not.toContain(password)
})

async function dump(): Promise<string> {
  const rows = await user.adminQuery<{ text: string }>(
    `select t::text as text from "user".mail_token as t
     union all select u::text from "user".tenant_user as u
     union all select o::text from "user".outbox as o
     union all select j::text from user_jobs._private_jobs as j`,
  )
  return rows.map(({ text }) => text).join('\n')
}
