import { createHmac, generateKeyPairSync, sign } from 'node:crypto'
import { request } from 'node:http'
import { type Clock, PurserError } from '@purser/kernel'
import { describe, expect, test } from 'vitest'
import { openGateway } from './gateway-harness.ts'
import * as forge from './token-forge.ts'
import { encode, goodClaims, goodHeader, type Members, nowSeconds, signed } from './token-forge.ts'

const meters = '/api/v1/tenants/acme/meters'
const signer = forge.newSigner()
const stranger = forge.newSigner()
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 })
const good = forge.token(signer)
const [head = '', body = '', signature = ''] = good.split('.')
const token = (claims: Members, header: Members = {}) => forge.token(signer, claims, header)

/** Header and claims signed in another way. */
function signedBy(alg: string, signature: (input: string) => Buffer): string {
  const input = `${encode({ ...goodHeader, alg })}.${body}`
  return `${input}.${encode(signature(input))}`
}

const hmac = (key: string | Buffer) => (input: string) =>
  createHmac('sha256', key).update(input).digest()
const publicPem = signer.publicKey.export({ type: 'spki', format: 'pem' })
const publicBytes = Buffer.from(signer.jwk.x ?? '', 'base64url')
const strangerJwk = stranger.jwk
const withText = (text: string) => signed(signer, goodHeader, text)
const claimsText = JSON.stringify(goodClaims).slice(1, -1)
const headerText = JSON.stringify(goodHeader).slice(1, -1)

const attacks: Record<string, string> = {
  'alg none without signature': `${encode({ ...goodHeader, alg: 'none' })}.${body}.`,
  'alg none with the signature': `${encode({ ...goodHeader, alg: 'none' })}.${body}.${signature}`,
  'alg NONE in capitals': `${encode({ ...goodHeader, alg: 'NONE' })}.${body}.${signature}`,
  'HS256 with the public key in PEM': signedBy('HS256', hmac(publicPem)),
  'HS256 with the bytes of the public key': signedBy('HS256', hmac(publicBytes)),
  'HS256 with an empty secret': signedBy('HS256', hmac('')),
  'RS256 with another key': signedBy('RS256', (input) =>
    sign('sha256', Buffer.from(input), rsa.privateKey),
  ),
  'ES256 in name alone': token({}, { alg: 'ES256' }),
  'alg in small letters': token({}, { alg: 'eddsa' }),
  'alg as an array': token({}, { alg: ['EdDSA'] }),
  'no alg': token({}, { alg: undefined }),
  'a stranger’s signature under our kid': signed(stranger, goodHeader, goodClaims),
  'a payload changed after signing': `${head}.${encode({ ...goodClaims, sub: 'user_2' })}.${signature}`,
  'a header changed after signing': `${encode({ ...goodHeader, kid: 'key-1' }).slice(0, -4)}AAAA.${body}.${signature}`,
  'the signature of another token': `${head}.${body}.${token({ sid: 'session_9' }).split('.')[2]}`,
  'a cut signature': good.slice(0, -2),
  'a signature of zeros': `${head}.${body}.${encode(Buffer.alloc(64))}`,
  'a signature spelled otherwise': `${good.slice(0, -1)}${String.fromCharCode(good.charCodeAt(good.length - 1) + 1)}`,
  'the signature as base64 with padding': `${good}==`,
  expired: token({ exp: nowSeconds - 6 }),
  'expiring at zero': token({ exp: 0 }),
  'not yet valid': token({ nbf: nowSeconds + 60 }),
  'issued in the future': token({ iat: nowSeconds + 60 }),
  'exp as text': token({ exp: String(nowSeconds + 900) }),
  'nbf as text': token({ nbf: 'yesterday' }),
  'iat as text': token({ iat: 'now' }),
  'another issuer': token({ iss: 'https://evil.example' }),
  'an issuer with a slash more': token({ iss: `${goodClaims.iss}/` }),
  'issuers as an array': token({ iss: [goodClaims.iss] }),
  'another audience': token({ aud: 'other' }),
  'several audiences, ours among them': token({ aud: ['purser', 'other'] }),
  'typ JWT': token({}, { typ: 'JWT' }),
  'typ of a refresh token': token({}, { typ: 'rt+jwt' }),
  'no typ': token({}, { typ: undefined }),
  'an unknown crit': token({}, { crit: ['exp2'], exp2: 1 }),
  'an empty crit': token({}, { crit: [] }),
  'an unencoded payload, b64': token({}, { b64: false, crit: ['b64'] }),
  'a jwk of its own': signed(stranger, { ...goodHeader, jwk: strangerJwk }, goodClaims),
  'a jwk of its own and no kid': signed(
    stranger,
    { alg: 'EdDSA', typ: 'at+jwt', jwk: strangerJwk },
    goodClaims,
  ),
  'a jku': token({}, { jku: 'https://evil.example/jwks.json' }),
  'an x5u': token({}, { x5u: 'https://evil.example/cert.pem' }),
  'an x5c': token({}, { x5c: ['MIIB'] }),
  'a cty that nests': token({}, { cty: 'JWT' }),
  'no kid': token({}, { kid: undefined }),
  'an empty kid': token({}, { kid: '' }),
  'a kid that is unknown': token({}, { kid: 'key-2' }),
  'a kid as a path': token({}, { kid: '../../../../dev/null' }),
  'a kid as SQL': token({}, { kid: "x' union select 'key" }),
  'a kid as a URL': token({}, { kid: 'https://evil.example/key' }),
  'a kid as an array': token({}, { kid: ['key-1'] }),
  'a kid as an object’s own': token({}, { kid: '__proto__' }),
  'a kid as a method': token({}, { kid: 'constructor' }),
  'a huge kid': token({}, { kid: 'k'.repeat(2_000) }),
  'a kid with a null byte': token({}, { kid: 'key-1\u0000' }),
  'sub told twice': withText(`{"sub":"user_2",${claimsText}}`),
  'sub told twice, once escaped': withText(`{"s\\u0075b":"user_2",${claimsText}}`),
  'alg told twice': signed(signer, `{"alg":"none",${headerText}}`, goodClaims),
  'a name told twice further in': withText(`{${claimsText},"x":[{"a":1,"a":2}]}`),
  'a payload that is an array': withText('[]'),
  'a payload that is null': withText('null'),
  'a payload that is no JSON': withText(`{${claimsText}`),
  'a payload with a byte order mark': withText(`\u{FEFF}{${claimsText}}`),
  'a payload that is no UTF-8': signed(signer, goodHeader, Buffer.from([0x7b, 0xff, 0x7d])),
  'a header that is text': signed(signer, '"EdDSA"', goodClaims),
  'empty parts': '..',
  'an empty header': `.${body}.${signature}`,
  'an empty payload': `${head}..${signature}`,
  'an empty signature': `${head}.${body}.`,
  'two parts': `${head}.${body}`,
  'four parts': `${good}.${signature}`,
  'five parts, as of a JWE': `${head}.${body}.${signature}.${body}.${signature}`,
  'one part': 'token',
  huge: token({ filler: 'x'.repeat(5_000) }),
  'a Cyrillic letter in the tenant': token({ tenant: 'аcme' }),
  'a null byte in the tenant': token({ tenant: 'acme\u0000' }),
  'a line’s end in the tenant': token({ tenant: 'acme\n' }),
  'a tenant that is any': token({ tenant: '*' }),
  'a tenant as an array': token({ tenant: ['acme'] }),
  'a tenant as an object': token({ tenant: { toString: 'acme' } }),
  'a tenant as a number': token({ tenant: 1 }),
  'a tenant without the session': token({ tenant: 'other' }),
  'a sub as a number': token({ sub: 1 }),
  'a sub that is not the session’s': token({ sub: 'user_2' }),
  'an ended session': token({ sid: 'session_ended' }),
  'an unknown session': token({ sid: 'session_unknown' }),
  'a sid as a path': token({ sid: '../session_1' }),
  ...Object.fromEntries(
    Object.keys(goodClaims).map((claim) => [`no ${claim}`, token({ [claim]: undefined })]),
  ),
}

/** Sessions as the user service would tell of them. */
function resolveSession({ tenant, sessionId }: { tenant: string; sessionId: string }) {
  if (sessionId === 'session_ended') {
    throw new PurserError('auth.invalid_credentials', 'The session has ended.')
  }
  if (tenant !== 'acme' || sessionId !== 'session_1') {
    throw new PurserError('resource.not_found', 'There is no such session.')
  }
  return { userId: 'user_1', permissions: ['metering.*'] }
}

const open = (clock: Clock = { now: () => forge.NOW }) =>
  openGateway({
    clock,
    methods: {
      resolveSession,
      listSigningKeys: () => ({ jwksJson: JSON.stringify({ keys: [signer.jwk] }) }),
    },
  })

const refusal = {
  type: '/problems/auth.invalid_credentials',
  title: 'Credentials needed',
  status: 401,
  detail: 'The credentials are not valid.',
  code: 'auth.invalid_credentials',
}

/** Sends header lines as they are; `fetch` would join or refuse some. */
function askRaw(url: string, headers: Record<string, string | string[]>) {
  return new Promise<{ status: number; body: unknown }>((resolve, reject) => {
    const outgoing = request(new URL(meters, url), { headers }, async (response) => {
      const text = Buffer.concat(await response.toArray()).toString()
      resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) })
    })
    outgoing.on('error', reject).end()
  })
}

describe('an access token', () => {
  test('that is good passes, however its scheme is spelled', async () => {
    const { ask, seen } = await open()
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      const response = await ask(meters, { headers: { authorization: `${scheme} ${good}` } })
      expect(response.status, scheme).toBe(200)
    }
    const [principal] = seen.principals
    const permissions = ['metering.*']
    expect(principal).toEqual({ kind: 'user', id: 'user_1', tenant: 'acme', permissions })
  })

  test('passes within the tolerance of clocks', async () => {
    const { ask } = await open()
    for (const claims of [{ exp: nowSeconds - 4 }, { iat: nowSeconds + 4 }]) {
      expect((await ask(meters, { key: token(claims) })).status).toBe(200)
    }
  })

  test('that was good is refused when it has expired', async () => {
    let seconds = nowSeconds
    const clock = { now: () => Temporal.Instant.fromEpochMilliseconds(seconds * 1_000) }
    const { ask } = await open(clock)
    const key = token({ exp: nowSeconds + 60 })
    expect((await ask(meters, { key })).status).toBe(200)
    seconds += 64
    expect((await ask(meters, { key })).status).toBe(200)
    seconds += 1
    expect((await ask(meters, { key })).status).toBe(401)
  })

  test('is refused in one text, whatever is wrong', async () => {
    const { url, seen } = await open()
    expect(Object.keys(attacks).length).toBeGreaterThan(40)
    for (const [name, attack] of Object.entries(attacks)) {
      const answer = await askRaw(url, { authorization: `Bearer ${attack}` })
      expect(answer, name).toEqual({
        status: 401,
        body: { ...refusal, request_id: expect.any(String) },
      })
    }
    expect(seen.principals).toEqual([])
  })

  test.each<[string, string | string[]]>([
    ['white space within', `Bearer ${good.slice(0, 50)} ${good.slice(50)}`],
    ['a tab for a space', `Bearer\t${good}`],
    ['a byte beyond ASCII', `Bearer ${good}\u00e9`],
    ['no scheme', good],
    ['a scheme alone', 'Bearer'],
    ['two tokens in one value', `Bearer ${good}, Bearer ${good}`],
    ['two headers, the first good', [`Bearer ${good}`, `Bearer ${attacks['expired']}`]],
    ['two headers alike', [`Bearer ${good}`, `Bearer ${good}`]],
  ])('in a header with %s is refused', async (_name, authorization) => {
    const { url } = await open()
    const answer = await askRaw(url, { authorization })
    expect(answer).toEqual({ status: 401, body: { ...refusal, request_id: expect.any(String) } })
  })
})
