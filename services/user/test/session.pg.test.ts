import { toProtoTimestamp } from '@purser/rpc'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { password, refused, sessionOf, signInOf } from './sign-in-harness.ts'
import { startUser, type User } from './user-harness.ts'

let user: User
let acme: ReturnType<typeof signInOf>
const start = Temporal.Instant.from('2026-02-15T12:00:00Z')
let people = 0

beforeAll(async () => {
  user = await startUser()
  await user.createTenant('acme')
  acme = signInOf(user, 'acme')
})
afterAll(() => user.close())
beforeEach(() => {
  user.present.now = start
})

/** A person with two sessions, driven from the first. */
async function person() {
  const email = `person-${people++}@example.com`
  const first = await acme.register(email)
  const second = await acme.login(email, password, { 'user-agent': 'Phone/1' })
  const userId = first.user?.userId ?? ''
  const as = (sessionId = sessionOf(first)) =>
    user.asPerson('acme', userId, ['user.self.*'], { 'purser-session-id': sessionId })
  return { email, userId, first: sessionOf(first), second: sessionOf(second), as }
}

const next = 'another horse battery'

describe('sessions', () => {
  test('are listed newest first, the one of the request marked', async () => {
    const { first, second, as } = await person()
    const { sessions } = await user.client.listSessions({}, as())
    expect(sessions).toMatchObject([
      { sessionId: second, userAgent: 'Phone/1', current: false },
      { sessionId: first, userAgent: '', current: true },
    ])
    expect(sessions.every(({ revokeTime }) => revokeTime === undefined)).toBe(true)
  })

  test('are ended one by one, by their person alone', async () => {
    const mine = await person()
    const theirs = await person()
    const end = (sessionId: string) => user.client.revokeSession({ sessionId }, mine.as())
    await expect(end(theirs.first)).rejects.toMatchObject({ code: 'resource.not_found' })
    await expect(end('ses_none')).rejects.toMatchObject({ code: 'resource.not_found' })
    await end(mine.second)
    user.present.now = start.add({ hours: 1 })
    expect((await end(mine.second)).revokeTime).toEqual(toProtoTimestamp(start))
    await expect(acme.resolve(mine.second)).rejects.toMatchObject(refused)
    await acme.resolve(mine.first)
    await acme.resolve(theirs.first)
  })

  test('are nothing for a key or a service', async () => {
    await expect(user.client.listSessions({}, user.as('acme'))).rejects.toMatchObject({
      code: 'auth.permission_denied',
    })
  })
})

/** No lost session: whoever mistypes stays signed in. */
const wrongPassword = {
  code: 'auth.wrong_password',
  kind: 'invalid_argument',
  fields: [{ field: 'current_password' }],
}

describe('a new password', () => {
  const change = (as: ReturnType<User['asPerson']>, currentPassword = password) =>
    user.client.changePassword({ currentPassword, newPassword: next }, as)

  test('replaces the old one and ends the other sessions', async () => {
    const { email, userId, first, second, as } = await person()
    expect((await change(as())).endedSessionCount).toBe(1)
    await acme.resolve(first)
    await expect(acme.resolve(second)).rejects.toMatchObject(refused)
    await expect(acme.login(email)).rejects.toMatchObject(refused)
    await acme.login(email, next)
    expect(await acme.eventsNamed('user.password_changed')).toContainEqual({ user_id: userId })
  })

  test('ends every session when the request names none of them', async () => {
    const { first, second, as } = await person()
    expect((await change(as('ses_of_nobody'))).endedSessionCount).toBe(2)
    for (const ended of [first, second]) {
      await expect(acme.resolve(ended)).rejects.toMatchObject(refused)
    }
  })

  test('needs the current one, and guesses are held back', async () => {
    const { email, second, as } = await person()
    for (let n = 0; n < 6; n++) {
      await expect(change(as(), 'wrong')).rejects.toMatchObject(wrongPassword)
    }
    const tooMany = { code: 'auth.too_many_attempts' }
    await expect(change(as())).rejects.toMatchObject(tooMany)
    await expect(acme.login(email)).rejects.toMatchObject(tooMany)
    await acme.resolve(second)
  })
})

describe('an invitation', () => {
  const invite = async () => {
    const email = `invited-${people++}@example.com`
    const request = { tenant: 'acme', email, fullName: 'Invited', role: 'finance' }
    const { invitation, user: invited } = await user.client.inviteUser(request, user.as('acme'))
    return { email, invitation, userId: invited?.userId ?? '' }
  }
  const accept = (invitation: string) =>
    user.client.acceptInvitation({ invitation, password: next }, user.anyone())

  test('is taken up once, also when two try at the same time', async () => {
    const { email, invitation, userId } = await invite()
    const answers = await Promise.allSettled([accept(invitation), accept(invitation)])
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    await expect(accept(invitation)).rejects.toMatchObject(refused)
    const signedIn = await acme.login(email, next)
    expect(signedIn.user).toMatchObject({ userId, status: 2, role: 'finance' })
    expect((await acme.resolve(sessionOf(signedIn))).permissions).toContain('billing.*')
    const events = await acme.eventsNamed('user.activated')
    expect(events.filter((payload) => JSON.stringify(payload).includes(userId))).toHaveLength(1)
  })

  test('is refused when unknown, of another tenant, expired or of a disabled person', async () => {
    const { invitation } = await invite()
    await expect(accept('nonsense')).rejects.toMatchObject(refused)
    await expect(accept(`inv_acme.${'A'.repeat(43)}`)).rejects.toMatchObject(refused)
    const renamed = invitation.replace('inv_acme', 'inv_other')
    await expect(accept(renamed)).rejects.toMatchObject(refused)
    user.present.now = start.add({ hours: 7 * 24 })
    await expect(accept(invitation)).rejects.toMatchObject(refused)
    user.present.now = start
    const shutOut = await invite()
    await acme.setStatus(shutOut.userId, 'disabled')
    await expect(accept(shutOut.invitation)).rejects.toMatchObject(refused)
    await accept(invitation)
  })
})
