import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { refused, sessionOf, signInOf } from './sign-in-harness.ts'
import { startUser, type User } from './user-harness.ts'

let user: User
let acme: ReturnType<typeof signInOf>
const start = Temporal.Instant.from('2026-02-15T12:00:00Z')
let people = 0

beforeAll(async () => {
  user = await startUser()
  await user.createTenant('acme')
  await user.createTenant('other')
  acme = signInOf(user, 'acme')
})
afterAll(() => user.close())
beforeEach(() => {
  user.present.now = start
})

const register = () => acme.register(`person-${people++}@example.com`)

async function reusesOf(sessionId: string) {
  const events = await acme.eventsNamed('session.reuse_detected')
  return events.filter((payload) => JSON.stringify(payload).includes(sessionId))
}

describe('a refresh token', () => {
  test('is exchanged for others of the same session', async () => {
    const first = await register()
    user.present.now = start.add({ hours: 1 })
    const second = await acme.refresh(first.refreshToken)
    expect(second.user).toEqual(first.user)
    expect(sessionOf(second)).toBe(sessionOf(first))
    expect(second.refreshToken).not.toBe(first.refreshToken)
    const third = await acme.refresh(second.refreshToken)
    expect(sessionOf(third)).toBe(sessionOf(first))
    expect(await reusesOf(sessionOf(first))).toEqual([])
  })

  test('used again ends the session with all its tokens, told once', async () => {
    const first = await register()
    const second = await acme.refresh(first.refreshToken)
    const sessionId = sessionOf(first)
    await expect(acme.refresh(first.refreshToken)).rejects.toMatchObject(refused)
    await expect(acme.refresh(second.refreshToken)).rejects.toMatchObject(refused)
    await expect(acme.resolve(sessionId)).rejects.toMatchObject(refused)
    await expect(acme.refresh(first.refreshToken)).rejects.toMatchObject(refused)
    const expected = { user_id: first.user?.userId, session_id: sessionId }
    expect(await reusesOf(sessionId)).toEqual([expected])
  })

  test('used at the same time is answered once and ends the session', async () => {
    const { refreshToken, accessToken } = await register()
    const answers = await Promise.allSettled(
      Array.from({ length: 10 }, () => acme.refresh(refreshToken)),
    )
    const won = answers.filter((answer) => answer.status === 'fulfilled')
    expect(won).toHaveLength(1)
    await expect(acme.refresh(won[0]?.value.refreshToken ?? '')).rejects.toMatchObject(refused)
    expect(await reusesOf(sessionOf({ accessToken }))).toHaveLength(1)
  })

  test('works for 30 days, the end not included, and each exchange begins them anew', async () => {
    const first = await register()
    user.present.now = start.add({ hours: 720 }).subtract({ nanoseconds: 1_000 })
    const second = await acme.refresh(first.refreshToken)
    user.present.now = user.present.now.add({ hours: 720 })
    await expect(acme.refresh(second.refreshToken)).rejects.toMatchObject(refused)
    await expect(acme.resolve(sessionOf(first))).rejects.toMatchObject(refused)
  })

  test('does not work for a person who is disabled', async () => {
    const { refreshToken, accessToken, user: person } = await register()
    await acme.setStatus(person?.userId ?? '', 'disabled')
    await expect(acme.refresh(refreshToken)).rejects.toMatchObject(refused)
    await expect(acme.resolve(sessionOf({ accessToken }))).rejects.toMatchObject(refused)
  })

  test("does not work under another tenant's name, nor as anything else", async () => {
    const { refreshToken, accessToken } = await register()
    const renamed = refreshToken.replace('rt_acme.', 'rt_other.')
    await expect(acme.refresh(renamed)).rejects.toMatchObject(refused)
    await expect(acme.refresh(refreshToken.replace('rt_', 'inv_'))).rejects.toMatchObject(refused)
    await expect(acme.refresh(accessToken.slice(0, 200))).rejects.toMatchObject(refused)
    await expect(acme.resolve(sessionOf({ accessToken }), 'other')).rejects.toMatchObject(refused)
    await acme.refresh(refreshToken)
  })
})

describe('signing out', () => {
  test('ends the session of the token alone, also twice', async () => {
    const { refreshToken, accessToken, user: person } = await register()
    const elsewhere = await acme.login(person?.email ?? '')
    await acme.logout(refreshToken)
    await acme.logout(refreshToken)
    await expect(acme.refresh(refreshToken)).rejects.toMatchObject(refused)
    await expect(acme.resolve(sessionOf({ accessToken }))).rejects.toMatchObject(refused)
    await acme.resolve(sessionOf(elsewhere))
  })

  test('with an unknown token changes nothing', async () => {
    const { accessToken } = await register()
    await acme.logout('nonsense')
    await acme.logout(`rt_acme.${'A'.repeat(43)}`)
    await expect(acme.resolve(sessionOf({ accessToken }))).resolves.toBeDefined()
  })
})
