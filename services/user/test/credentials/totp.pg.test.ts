import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { totpCode, totpStep } from '../../src/credentials/totp.ts'
import { password, refused, sessionOf, signInOf } from '../sign-in-harness.ts'
import { type Credentials, newPerson, startCredentials, tokenOf } from './credentials-harness.ts'

let user: Credentials
let acme: ReturnType<typeof signInOf>
const start = Temporal.Instant.from('2026-02-15T12:00:00Z')
const wrongCode = { code: 'auth.wrong_code', kind: 'invalid_argument' }

beforeAll(async () => {
  user = await startCredentials()
  for (const tenant of ['acme', 'other']) await user.createTenant(tenant)
  acme = signInOf(user, 'acme')
})
afterAll(() => user.close())
beforeEach(() => {
  user.present.now = start
})

type Person = Awaited<ReturnType<typeof newPerson>>
const enroll = (as: Person['as'], currentPassword = password) =>
  user.client.enrollTotp({ currentPassword }, as)
const confirm = (as: Person['as'], code: string) => user.client.confirmTotp({ code }, as)
/** The code that an app shows at a moment. */
const codeOf = (secret: string, at = user.present.now) => totpCode(secret, totpStep(at))

/** A person whose app is confirmed, a minute ago so that its present code was not used. */
async function withTotp() {
  const person = await newPerson(user, 'acme')
  const { secret } = await enroll(person.as)
  user.present.now = user.present.now.subtract({ minutes: 1 })
  const { recoveryCodes } = await confirm(person.as, codeOf(secret))
  user.present.now = user.present.now.add({ minutes: 1 })
  return { ...person, secret, recoveryCodes }
}

type Proof = Parameters<typeof user.client.signInWithSecondFactor>[0]['proof']
const bring = (challenge: string, proof: Proof) =>
  user.client.signInWithSecondFactor({ challenge, proof }, user.anyone())
const code = (value: string): Proof => ({ case: 'code', value })
const recovery = (value: string): Proof => ({ case: 'recoveryCode', value })
const challengeOf = async (email: string) => (await acme.login(email)).secondFactorChallenge

describe('an authenticator app', () => {
  test('counts once a first code confirmed it, and gives ten recovery codes', async () => {
    const { email, as, me, userId } = await newPerson(user, 'acme')
    const { secret, otpauthUri } = await enroll(as)
    expect(secret).toMatch(/^[A-Z2-7]{32}$/)
    expect(new URL(otpauthUri).searchParams.get('secret')).toBe(secret)
    expect(decodeURIComponent(otpauthUri)).toContain(`acme Inc.:${email}`)
    expect((await acme.login(email)).secondFactorRequired).toBe(false)
    await expect(confirm(as, '000000')).rejects.toMatchObject(wrongCode)
    const { recoveryCodes } = await confirm(as, codeOf(secret))
    expect(new Set(recoveryCodes).size).toBe(10)
    expect((await me()).totpEnabled).toBe(true)
    await expect(enroll(as)).rejects.toMatchObject({ code: 'auth.totp_already_enabled' })
    expect(await acme.eventsNamed('user.totp_enabled')).toContainEqual({ user_id: userId })
  })

  test('that was not confirmed is replaced by the next one', async () => {
    const { as } = await newPerson(user, 'acme')
    const first = await enroll(as)
    const second = await enroll(as)
    await expect(confirm(as, codeOf(first.secret))).rejects.toMatchObject(wrongCode)
    await confirm(as, codeOf(second.secret))
    const again = confirm(as, codeOf(second.secret))
    await expect(again).rejects.toMatchObject({ code: 'auth.totp_already_enabled' })
  })

  test('needs the password, and nothing can be confirmed that was not begun', async () => {
    const { as } = await newPerson(user, 'acme')
    await expect(enroll(as, 'wrong')).rejects.toMatchObject({ code: 'auth.wrong_password' })
    await expect(confirm(as, '000000')).rejects.toMatchObject({ code: 'auth.totp_not_enabled' })
    const byKey = user.client.enrollTotp({ currentPassword: password }, user.as('acme'))
    await expect(byKey).rejects.toMatchObject({ code: 'auth.permission_denied' })
  })
})

describe('signing in with a second factor', () => {
  test('takes a code after the password, and no tokens come before', async () => {
    const { email, secret, userId } = await withTotp()
    const asked = await acme.login(email)
    expect(asked).toMatchObject({
      secondFactorRequired: true,
      accessToken: '',
      refreshToken: '',
    })
    expect(asked.user).toBeUndefined()
    const answer = await bring(asked.secondFactorChallenge, code(codeOf(secret)))
    expect(answer).toMatchObject({ secondFactorRequired: false, user: { userId } })
    await acme.resolve(sessionOf(answer))
    const again = bring(asked.secondFactorChallenge, code(codeOf(secret)))
    await expect(again).rejects.toMatchObject(refused)
  })

  test('accepts a code once, however many sign-ins it is brought to', async () => {
    const { email, secret } = await withTotp()
    const [one, other] = [await challengeOf(email), await challengeOf(email)]
    const present = code(codeOf(secret))
    const answers = await Promise.allSettled([bring(one, present), bring(other, present)])
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const third = await challengeOf(email)
    await expect(bring(third, present)).rejects.toMatchObject(wrongCode)
    // RFC 6238, section 5.2: the former step's code was never used, and is too old all the same.
    const before = code(codeOf(secret, start.subtract({ seconds: 30 })))
    await expect(bring(third, before)).rejects.toMatchObject(wrongCode)
    await bring(third, code(codeOf(secret, start.add({ seconds: 30 }))))
  })

  test('accepts the code of one step before, and of none further away', async () => {
    const [early, late] = [await withTotp(), await withTotp()]
    const [soon, tooLate] = [code(codeOf(early.secret)), code(codeOf(late.secret))]
    user.present.now = start.add({ seconds: 59 })
    await bring(await challengeOf(early.email), soon)
    user.present.now = start.add({ seconds: 60 })
    const refusal = bring(await challengeOf(late.email), tooLate)
    await expect(refusal).rejects.toMatchObject(wrongCode)
  })

  test('holds guesses back, and a right password does not forget them', async () => {
    const { email, secret } = await withTotp()
    const challenge = await challengeOf(email)
    const wrong = code(codeOf(secret, start.subtract({ hours: 1 })))
    for (let n = 0; n < 6; n++) {
      await expect(bring(challenge, wrong)).rejects.toMatchObject(wrongCode)
    }
    const tooMany = { code: 'auth.too_many_attempts', details: { retry_after_seconds: '2' } }
    const next = await challengeOf(email)
    for (const blocked of [challenge, next]) {
      await expect(bring(blocked, code(codeOf(secret)))).rejects.toMatchObject(tooMany)
    }
    user.present.now = start.add({ seconds: 2 })
    await bring(next, code(codeOf(secret)))
  })

  test('of guesses at the same time none slips through', async () => {
    const { email, secret } = await withTotp()
    const challenge = await challengeOf(email)
    const wrong = code(codeOf(secret, start.subtract({ hours: 1 })))
    const answers = await Promise.allSettled(
      Array.from({ length: 20 }, () => bring(challenge, wrong)),
    )
    const codes = answers.map((answer) => answer.status === 'rejected' && answer.reason.code)
    expect(codes.filter((each) => each === 'auth.wrong_code')).toHaveLength(6)
    expect(codes.filter((each) => each === 'auth.too_many_attempts')).toHaveLength(14)
  })

  test('needs a challenge that lasts: five minutes, the same password, the same app', async () => {
    const { email, secret, as } = await withTotp()
    const late = await challengeOf(email)
    user.present.now = start.add({ minutes: 5 })
    await expect(bring(late, code(codeOf(secret)))).rejects.toMatchObject(refused)
    const before = await challengeOf(email)
    const passwords = { currentPassword: password, newPassword: 'another horse battery' }
    await user.client.changePassword(passwords, as)
    await expect(bring(before, code(codeOf(secret)))).rejects.toMatchObject(refused)
    for (const text of ['x', before.replace('sf_acme', 'sf_other'), before.replace('sf_', 'rt_')]) {
      await expect(bring(text, code(codeOf(secret)))).rejects.toMatchObject(refused)
    }
  })

  test('is refused for somebody who was shut out meanwhile', async () => {
    const { email, secret, userId } = await withTotp()
    const challenge = await challengeOf(email)
    await acme.setStatus(userId, 'disabled')
    await expect(bring(challenge, code(codeOf(secret)))).rejects.toMatchObject(refused)
  })

  test('needs a proof, and is not passed over by resetting the password', async () => {
    const { email } = await withTotp()
    const challenge = await challengeOf(email)
    await expect(bring(challenge, { case: undefined })).rejects.toMatchObject({
      code: 'request.invalid',
    })
    await user.client.requestPasswordReset({ tenant: 'acme', email }, user.anyone())
    const token = tokenOf(await user.mailTo(email, 'password_reset'))
    const newPassword = 'another horse battery'
    await user.client.resetPassword({ token, newPassword }, user.anyone())
    expect((await acme.login(email, newPassword)).secondFactorRequired).toBe(true)
  })
})

describe('recovery codes', () => {
  test('work once each, in any spelling', async () => {
    const { email, recoveryCodes } = await withTotp()
    const [first = '', second = ''] = recoveryCodes
    const typed = recovery(first.toUpperCase().replaceAll('-', ' '))
    await bring(await challengeOf(email), typed)
    await expect(bring(await challengeOf(email), typed)).rejects.toMatchObject(wrongCode)
    const [one, other] = [await challengeOf(email), await challengeOf(email)]
    const both = [bring(one, recovery(second)), bring(other, recovery(second))]
    const answers = await Promise.allSettled(both)
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  test('of somebody else do not work', async () => {
    const mine = await withTotp()
    const theirs = await withTotp()
    const [first = ''] = theirs.recoveryCodes
    const tried = bring(await challengeOf(mine.email), recovery(first))
    await expect(tried).rejects.toMatchObject(wrongCode)
  })

  test('are replaced by password and code, and the former ones stop working', async () => {
    const { email, as, secret, recoveryCodes } = await withTotp()
    const replace = (currentPassword: string, typed: string) =>
      user.client.regenerateRecoveryCodes({ currentPassword, code: typed }, as)
    const wrong = replace('wrong', codeOf(secret))
    await expect(wrong).rejects.toMatchObject({ code: 'auth.wrong_password' })
    await expect(replace(password, '000000')).rejects.toMatchObject(wrongCode)
    const fresh = await replace(password, codeOf(secret))
    expect(fresh.recoveryCodes).toHaveLength(10)
    const former = bring(await challengeOf(email), recovery(recoveryCodes[0] ?? ''))
    await expect(former).rejects.toMatchObject(wrongCode)
    await bring(await challengeOf(email), recovery(fresh.recoveryCodes[0] ?? ''))
  })
})

describe('disabling the app', () => {
  const disable = (as: Person['as'], proof: Proof, currentPassword = password) =>
    user.client.disableTotp({ currentPassword, proof }, as)

  test('takes password and code; the password is enough again', async () => {
    const { email, as, secret, me } = await withTotp()
    const challenge = await challengeOf(email)
    const present = code(codeOf(secret))
    await expect(disable(as, present, 'x')).rejects.toMatchObject({ code: 'auth.wrong_password' })
    await expect(disable(as, code('000000'))).rejects.toMatchObject(wrongCode)
    await disable(as, present)
    expect((await me()).totpEnabled).toBe(false)
    expect((await acme.login(email)).secondFactorRequired).toBe(false)
    await expect(bring(challenge, present)).rejects.toMatchObject(refused)
    const again = disable(as, present)
    await expect(again).rejects.toMatchObject({ code: 'auth.totp_not_enabled' })
  })

  test('takes a recovery code, for whoever lost the app', async () => {
    const { as, recoveryCodes, me } = await withTotp()
    await disable(as, recovery(recoveryCodes[0] ?? ''))
    expect((await me()).totpEnabled).toBe(false)
  })
})

test('neither secret nor recovery codes lie in the database, and sign-in is audited', async () => {
  const { email, secret, recoveryCodes, userId } = await withTotp()
  const answer = await bring(await challengeOf(email), code(codeOf(secret)))
  const rows = await user.adminQuery<{ text: string }>(
    `select t::text || encode(sealed_secret, 'escape') as text from "user".totp as t
     union all select r::text from "user".recovery_code as r
     union all select c::text from "user".sign_in_challenge as c
     union all select payload::text from "user".outbox`,
  )
  const everything = rows.map(({ text }) => text).join('\n') + user.lines.join('\n')
  expect(everything).toContain(userId)
  for (const hidden of [
    secret,
    ...recoveryCodes,
    ...recoveryCodes.map((c) => c.replaceAll('-', '')),
  ]) {
    expect(everything).not.toContain(hidden)
  }
  const acts = await user.adminQuery<{ payload: object }>(
    `select payload from "user".outbox where subject = 'audit.recorded'`,
  )
  expect(acts.map(({ payload }) => payload)).toContainEqual(
    expect.objectContaining({
      action: 'user.sign_in_with_second_factor',
      actor_id: userId,
      object: { user_id: userId, session_id: sessionOf(answer) },
    }),
  )
})
