import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { password, refused, sessionOf, signInOf } from '../sign-in-harness.ts'
import { type Credentials, newPerson, startCredentials } from './credentials-harness.ts'
import { type Ceremony, SoftwareAuthenticator } from './software-authenticator.ts'

let user: Credentials
let acme: ReturnType<typeof signInOf>
const start = Temporal.Instant.from('2026-02-15T12:00:00Z')
const notRegistered = { code: 'auth.passkey_refused', kind: 'invalid_argument' }

beforeAll(async () => {
  user = await startCredentials()
  for (const tenant of ['acme', 'other']) await user.createTenant(tenant)
  acme = signInOf(user, 'acme')
})
afterAll(() => user.close())
beforeEach(() => {
  user.present.now = start
})

type As = Awaited<ReturnType<typeof newPerson>>['as']
const begin = async (as: As, currentPassword = password) =>
  (await user.client.beginPasskeyRegistration({ currentPassword }, as)).optionsJson
const register = (as: As, credentialJson: string, name = 'Phone') =>
  user.client.registerPasskey({ name, credentialJson }, as)
const beginSignIn = async (tenant = 'acme') =>
  (await user.client.beginPasskeySignIn({ tenant }, user.anyone())).optionsJson
const signIn = (credentialJson: string, tenant = 'acme') =>
  user.client.signInWithPasskey({ tenant, credentialJson }, user.anyone())

/** A person of the tenant with a passkey. */
async function withPasskey(tenant = 'acme') {
  const person = await newPerson(user, tenant)
  const device = new SoftwareAuthenticator()
  const passkey = await register(person.as, device.create(await begin(person.as)))
  return { ...person, device, passkeyId: passkey.passkeyId }
}

describe('registering a passkey', () => {
  test('asks for a discoverable one that verifies its owner, and tells nothing of them', async () => {
    const { email, userId, as } = await newPerson(user, 'acme')
    const options = JSON.parse(await begin(as))
    expect(options).toMatchObject({
      rp: { id: 'shop.test', name: 'acme Inc.' },
      user: { name: email, displayName: 'Jo Doe' },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: [],
    })
    expect(options.pubKeyCredParams.map(({ alg }: { alg: number }) => alg)).toEqual([-8, -7, -257])
    expect(Buffer.from(options.challenge, 'base64url')).toHaveLength(32)
    const handle = createHash('sha256').update(`acme\0${userId}`).digest('base64url')
    expect(options.user.id).toBe(handle)
  })

  test('lists it, and leaves it out the next time', async () => {
    const { as, device, passkeyId, userId } = await withPasskey()
    const { passkeys } = await user.client.listPasskeys({}, as)
    expect(passkeys).toMatchObject([{ passkeyId, name: 'Phone', synced: true }])
    expect(passkeys[0]?.useTime).toBeUndefined()
    const { excludeCredentials } = JSON.parse(await begin(as))
    const id = device.credentialId.toString('base64url')
    expect(excludeCredentials).toEqual([{ id, type: 'public-key', transports: ['internal'] }])
    const event = { user_id: userId, passkey_id: passkeyId }
    expect(await acme.eventsNamed('passkey.registered')).toContainEqual(event)
  })

  const wrong: [string, Ceremony][] = [
    ['another origin', { origin: 'https://evil.test' }],
    ['a look-alike origin', { origin: 'https://shop.test.evil.test' }],
    ['the origin without TLS', { origin: 'http://shop.test' }],
    ['another port', { origin: 'https://shop.test:8443' }],
    ['another relying party', { rpId: 'evil.test' }],
    ['another challenge', { challenge: Buffer.alloc(32).toString('base64url') }],
    ['a sign-in', { type: 'webauthn.get' }],
    ['a frame in another page', { crossOrigin: true }],
    ['nobody verified', { isVerified: false }],
    ['nobody present', { isPresent: false }],
    [
      'a certificate',
      { attestation: { fmt: 'packed', attStmt: new Map([['x5c', new Uint8Array(1)]]) } },
    ],
    ['another attestation', { attestation: { fmt: 'tpm', attStmt: new Map() } }],
  ]
  test.each(wrong)('is refused for %s, and uses the challenge up', async (_, ceremony) => {
    const { as } = await newPerson(user, 'acme')
    const options = await begin(as)
    const bad = new SoftwareAuthenticator().create(options, ceremony)
    await expect(register(as, bad)).rejects.toMatchObject(notRegistered)
    expect((await user.client.listPasskeys({}, as)).passkeys).toEqual([])
    if (ceremony.challenge !== undefined || ceremony.crossOrigin) return
    const good = new SoftwareAuthenticator().create(options)
    await expect(register(as, good)).rejects.toMatchObject(notRegistered)
  })

  test('takes a challenge once, of the same person, within five minutes', async () => {
    const mine = await newPerson(user, 'acme')
    const theirs = await newPerson(user, 'acme')
    const elsewhere = await newPerson(user, 'other')
    const made = () => new SoftwareAuthenticator()
    const stolen = made().create(await begin(mine.as))
    await expect(register(theirs.as, stolen)).rejects.toMatchObject(notRegistered)
    const abroad = made().create(await begin(mine.as))
    await expect(register(elsewhere.as, abroad)).rejects.toMatchObject(notRegistered)
    const options = await begin(mine.as)
    await register(mine.as, made().create(options))
    const replayed = register(mine.as, made().create(options))
    await expect(replayed).rejects.toMatchObject(notRegistered)
    const late = made().create(await begin(mine.as))
    user.present.now = start.add({ minutes: 5 })
    await expect(register(mine.as, late)).rejects.toMatchObject(notRegistered)
    const ofSignIn = made().create(
      JSON.stringify({
        ...JSON.parse(await begin(mine.as)),
        challenge: JSON.parse(await beginSignIn()).challenge,
      }),
    )
    await expect(register(mine.as, ofSignIn)).rejects.toMatchObject(notRegistered)
  })

  test('refuses the credential of somebody else, and what is no credential', async () => {
    const { device } = await withPasskey()
    const { as } = await newPerson(user, 'acme')
    const taken = device.clone().create(await begin(as))
    await expect(register(as, taken)).rejects.toMatchObject(notRegistered)
    for (const text of ['x', '[]', '{}', 'null', '{"id":"a","rawId":"a","type":"public-key"}']) {
      await expect(register(as, text)).rejects.toMatchObject(notRegistered)
    }
  })

  test('needs the password, and a person', async () => {
    const { as } = await newPerson(user, 'acme')
    await expect(begin(as, 'wrong')).rejects.toMatchObject({ code: 'auth.wrong_password' })
    const byKey = begin(user.as('acme'))
    await expect(byKey).rejects.toMatchObject({ code: 'auth.permission_denied' })
  })

  test('ends at twenty', async () => {
    const { as, userId } = await newPerson(user, 'acme')
    await user.adminQuery(
      `insert into "user".passkey
       select 'acme', 'pky_' || $1 || n, $1, 'Many', sha256(($1 || n)::bytea), '', 0, '{}', false, now()
       from generate_series(1, 20) as n`,
      [userId],
    )
    await expect(begin(as)).rejects.toMatchObject({ code: 'request.invalid' })
  })
})

describe('signing in with a passkey', () => {
  test('tells nobody who has one, and signs its owner in', async () => {
    const { device, userId, as } = await withPasskey()
    const options = await beginSignIn()
    expect(JSON.parse(options)).toEqual({
      rpId: 'shop.test',
      challenge: expect.any(String),
      timeout: 300_000,
      userVerification: 'required',
    })
    const answer = await signIn(device.get(options))
    expect(answer.user?.userId).toBe(userId)
    await acme.resolve(sessionOf(answer))
    await acme.refresh(answer.refreshToken)
    const { passkeys } = await user.client.listPasskeys({}, as)
    expect(passkeys[0]?.useTime).toBeDefined()
  })

  test('stands for two factors: no code is asked for', async () => {
    const { device, userId } = await withPasskey()
    await user.adminQuery(`insert into "user".totp values ('acme', $1, '\\x00', now(), now(), 0)`, [
      userId,
    ])
    expect((await signIn(device.get(await beginSignIn()))).secondFactorRequired).toBe(false)
  })

  const wrong: [string, Ceremony][] = [
    ['another origin', { origin: 'https://evil.test' }],
    ['the origin without TLS', { origin: 'http://shop.test' }],
    ['another relying party', { rpId: 'evil.test' }],
    ['another challenge', { challenge: Buffer.alloc(32).toString('base64url') }],
    ['a registration', { type: 'webauthn.create' }],
    ['a frame in another page', { crossOrigin: true }],
    ['nobody verified', { isVerified: false }],
    ['nobody present', { isPresent: false }],
    ['another person', { userHandle: Buffer.alloc(32).toString('base64url') }],
    ['no person', { userHandle: '' }],
  ]
  test.each(wrong)('is refused for %s, in the words of any other refusal', async (_, ceremony) => {
    const { device } = await withPasskey()
    const bad = device.get(await beginSignIn(), ceremony)
    await expect(signIn(bad)).rejects.toMatchObject(refused)
    await signIn(device.get(await beginSignIn()))
  })

  test('takes a challenge once, in its tenant, within five minutes', async () => {
    const { device } = await withPasskey()
    const used = device.get(await beginSignIn())
    await signIn(used)
    await expect(signIn(used)).rejects.toMatchObject(refused)
    const options = await beginSignIn()
    await expect(signIn(device.get(options, { origin: 'https://evil.test' }))).rejects.toThrow()
    await expect(signIn(device.get(options))).rejects.toMatchObject(refused)
    const elsewhere = device.get(await beginSignIn('other'))
    await expect(signIn(elsewhere)).rejects.toMatchObject(refused)
    await expect(signIn(elsewhere, 'other')).rejects.toMatchObject(refused)
    const late = device.get(await beginSignIn())
    user.present.now = start.add({ minutes: 5 })
    await expect(signIn(late)).rejects.toMatchObject(refused)
  })

  test('of one answer sent twice at the same time is done once', async () => {
    const { device } = await withPasskey()
    const answer = device.get(await beginSignIn())
    const answers = await Promise.allSettled([signIn(answer), signIn(answer)])
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  test('refuses a copy whose counter did not go up, and tells of it', async () => {
    const { device, userId, passkeyId } = await withPasskey()
    const copy = device.clone()
    await signIn(device.get(await beginSignIn()))
    await expect(signIn(copy.get(await beginSignIn()))).rejects.toMatchObject(refused)
    const event = { user_id: userId, passkey_id: passkeyId }
    expect(await acme.eventsNamed('passkey.clone_suspected')).toContainEqual(event)
    await expect(signIn(device.get(await beginSignIn(), { signCount: 1 }))).rejects.toThrow()
    await expect(signIn(device.get(await beginSignIn(), { signCount: 0 }))).rejects.toThrow()
    await signIn(device.get(await beginSignIn(), { signCount: 9 }))
  })

  test('accepts an authenticator that does not count', async () => {
    const { as, userId } = await newPerson(user, 'acme')
    const device = new SoftwareAuthenticator()
    await register(as, device.create(await begin(as), { signCount: 0 }))
    for (let n = 0; n < 2; n++) {
      const answer = await signIn(device.get(await beginSignIn(), { signCount: 0 }))
      expect(answer.user?.userId).toBe(userId)
    }
  })

  test('is refused with the key of another passkey, and for a changed answer', async () => {
    const mine = await withPasskey()
    const theirs = await withPasskey()
    const answer = JSON.parse(mine.device.get(await beginSignIn()))
    const id = theirs.device.credentialId.toString('base64url')
    const forged = JSON.stringify({ ...answer, id, rawId: id })
    await expect(signIn(forged)).rejects.toMatchObject(refused)
    const other = JSON.parse(mine.device.get(await beginSignIn()))
    const data = Buffer.from(other.response.authenticatorData, 'base64url')
    data[36] = (data[36] ?? 0) + 1
    other.response.authenticatorData = data.toString('base64url')
    await expect(signIn(JSON.stringify(other))).rejects.toMatchObject(refused)
    const unknown = new SoftwareAuthenticator().get(await beginSignIn())
    await expect(signIn(unknown)).rejects.toMatchObject(refused)
    for (const text of ['x', '{}']) await expect(signIn(text)).rejects.toMatchObject(refused)
  })

  test('is refused for somebody who was shut out', async () => {
    const { device, userId } = await withPasskey()
    await acme.setStatus(userId, 'disabled')
    await expect(signIn(device.get(await beginSignIn()))).rejects.toMatchObject(refused)
  })
})

describe('keeping passkeys', () => {
  test("is their person's alone; a removed one signs nobody in", async () => {
    const mine = await withPasskey()
    const theirs = await withPasskey()
    const rename = (as: As, passkeyId: string) =>
      user.client.renamePasskey({ passkeyId, name: 'Key' }, as)
    const remove = (as: As, passkeyId: string) => user.client.deletePasskey({ passkeyId }, as)
    const unknown = { code: 'resource.not_found' }
    await expect(rename(mine.as, theirs.passkeyId)).rejects.toMatchObject(unknown)
    await expect(remove(mine.as, theirs.passkeyId)).rejects.toMatchObject(unknown)
    expect((await rename(mine.as, mine.passkeyId)).name).toBe('Key')
    await remove(mine.as, mine.passkeyId)
    await expect(remove(mine.as, mine.passkeyId)).rejects.toMatchObject(unknown)
    await expect(signIn(mine.device.get(await beginSignIn()))).rejects.toMatchObject(refused)
    await signIn(theirs.device.get(await beginSignIn()))
  })
})

test('challenges are kept as hashes', async () => {
  const { challenge } = JSON.parse(await beginSignIn('other'))
  const rows = await user.adminQuery<{ text: string }>(
    `select c::text as text from "user".sign_in_challenge as c where tenant_id = 'other'`,
  )
  const stored = rows.map(({ text }) => text).join('\n')
  expect(stored).toContain(createHash('sha256').update(challenge).digest('hex'))
  expect(stored).not.toContain(challenge)
  expect(stored).not.toContain(Buffer.from(challenge, 'base64url').toString('hex'))
})
