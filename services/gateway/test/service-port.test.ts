import { once } from 'node:events'
import { type ClientHttp2Session, connect } from 'node:http2'
import { text } from 'node:stream/consumers'
import { createPrincipalCodec, principalHeader } from '@purser/rpc'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openGateway, reader, writer } from './gateway-harness.ts'
import { newSigner, NOW, token } from './token-forge.ts'

const LIST_METERS = '/metering.v1.MeteringService/ListMeters'

/** Services on a port of their own, behind the gateway, called by HTTP/2 streams from outside. */
async function open(options: Parameters<typeof openGateway>[0] = {}) {
  const gateway = await openGateway(options)
  const url = await gateway.openPort()
  const session = async () => {
    const opened = connect(url)
    onTestFinished(() => opened.destroy())
    await once(opened, 'connect')
    return opened
  }
  return { ...gateway, session, first: await session() }
}

type Call = { path?: string; key?: string; headers?: Record<string, string>; body?: object }

/** One stream: a unary call of Connect, whose status is an HTTP status. */
async function call(session: ClientHttp2Session, options: Call = {}) {
  const { path = LIST_METERS, key, headers = {}, body = { tenant: 'acme' } } = options
  const stream = session.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/json',
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    ...headers,
  })
  stream.end(JSON.stringify(body))
  const [answer] = await once(stream, 'response')
  return { status: Number(answer[':status']), headers: answer, text: await text(stream) }
}

const statusOf = async (...of: Parameters<typeof call>) => (await call(...of)).status
const burst = async (session: ClientHttp2Session, count: number, options: Call) => {
  const calls = Array.from({ length: count }, () => statusOf(session, options))
  return (await Promise.all(calls)).filter((status) => status === 200).length
}

describe('a limit at a service port', () => {
  test('lets exactly so many streams of one connection pass, and of several', async () => {
    const { first, session } = await open({ rateLimits: { default: 50 }, nowMs: () => 0 })
    expect(await burst(first, 40, { key: reader })).toBe(40)
    const others = [first, await session(), await session()]
    const given = await Promise.all(others.map((each) => burst(each, 100, { key: reader })))
    expect(given.reduce((sum, count) => sum + count, 0)).toBe(10)
  })

  test('is that of the gateway: both ways in count together', async () => {
    const { first, ask } = await open({ rateLimits: { default: 3 }, nowMs: () => 0 })
    const meters = '/api/v1/tenants/acme/meters'
    expect((await ask(meters, { key: reader })).status).toBe(200)
    expect(await burst(first, 10, { key: reader })).toBe(2)
    expect((await ask(meters, { key: reader })).status).toBe(429)
    expect(await statusOf(first, { key: writer })).toBe(200)
  })

  test('is told, and refuses with the code of the gateway', async () => {
    const { first } = await open({ rateLimits: { default: 1 }, nowMs: () => 0 })
    const answer = await call(first, { key: reader })
    expect(answer.headers['ratelimit-remaining']).toBe('0')
    const refused = await call(first, { key: reader })
    expect(refused.status).toBe(429)
    expect(JSON.parse(refused.text).code).toBe('resource_exhausted')
    expect(refused.text).not.toContain(reader)
  })

  test('of an address takes no address that a client tells, but one of a trusted proxy', async () => {
    const forged = (address: string) => ({ headers: { 'x-forwarded-for': address } })
    const direct = await open({ rateLimits: { default: 1 }, nowMs: () => 0 })
    expect(await statusOf(direct.first, forged('203.0.113.1'))).toBe(401)
    expect(await statusOf(direct.first, forged('203.0.113.2'))).toBe(429)
    const trustedProxies = ['127.0.0.1']
    const proxied = await open({ rateLimits: { default: 1 }, nowMs: () => 0, trustedProxies })
    expect(await statusOf(proxied.first, forged('203.0.113.1'))).toBe(401)
    expect(await statusOf(proxied.first, forged('203.0.113.2'))).toBe(401)
    expect(await statusOf(proxied.first, forged('203.0.113.9, 203.0.113.2'))).toBe(429)
  })

  test('closes to an address that shows bad credentials', async () => {
    const { first, seen } = await open({ rateLimits: { sensitive: 2 }, nowMs: () => 0 })
    expect(await statusOf(first, { key: 'pk_1' })).toBe(401)
    expect(await statusOf(first, { key: 'pk_2' })).toBe(401)
    expect(await statusOf(first, { key: 'pk_3' })).toBe(429)
    expect(await statusOf(first, { key: reader })).toBe(429)
    expect(seen.verifications).toEqual(['pk_1', 'pk_2'])
  })

  test('leaves health alone', async () => {
    const { first } = await open({ rateLimits: { default: 1 }, nowMs: () => 0 })
    const path = '/grpc.health.v1.Health/Check'
    for (let count = 0; count < 5; count++) {
      expect(await statusOf(first, { path, body: {} })).toBe(200)
    }
  })
})

describe('from outside', () => {
  test('a method needs credentials, its permission and its tenant', async () => {
    const { first } = await open()
    expect(await statusOf(first)).toBe(401)
    expect(await statusOf(first, { key: 'pk_unknown' })).toBe(401)
    expect(await statusOf(first, { key: reader })).toBe(200)
    expect(await statusOf(first, { headers: { 'x-api-key': reader } })).toBe(200)
    expect(await statusOf(first, { key: reader, body: { tenant: 'other' } })).toBe(404)
    const path = '/metering.v1.MeteringService/CreateMeter'
    expect(await statusOf(first, { key: reader, path })).toBe(403)
  })

  test('internal methods are closed to everybody', async () => {
    const { first } = await open()
    const paths = ['VerifyApiKey', 'ResolveSession', 'CreateTenant', 'ListSigningKeys'].map(
      (name) => `/user.v1.UserService/${name}`,
    )
    for (const path of paths) {
      expect(await statusOf(first, { path, body: {} }), path).toBe(401)
      expect(await statusOf(first, { path, key: writer, body: {} }), path).toBe(403)
    }
  })

  test('a token of the platform is worth what its signature is', async () => {
    const { first, principals, seen } = await open({ clock: { now: () => NOW } })
    const service = { kind: 'service' as const, id: 'x', tenant: '*', permissions: ['*'] }
    const stranger = createPrincipalCodec({ key: 'y'.repeat(32), clock: { now: () => NOW } })
    const old = createPrincipalCodec({
      key: 'a key of at least thirty-two bytes for tests',
      clock: { now: () => NOW.subtract({ minutes: 2 }) },
    })
    const good = principals.sign(service)
    const forged = [
      stranger.sign(service),
      old.sign(service),
      good.slice(0, -1),
      `${good.split('.').slice(0, 2).join('.')}.`,
      good.replace('p1.', 'p2.'),
      '',
      'null',
    ]
    for (const value of forged) {
      const headers = { [principalHeader]: value }
      expect(await statusOf(first, { headers, key: reader }), value).toBe(401)
    }
    expect(seen.principals).toEqual([])
    expect(await statusOf(first, { headers: { [principalHeader]: good } })).toBe(200)
  })

  test('session and address are what was seen, never what is told', async () => {
    const signer = newSigner()
    const { first, seen } = await open({
      clock: { now: () => NOW },
      methods: {
        listSigningKeys: () => ({ jwksJson: JSON.stringify({ keys: [signer.jwk] }) }),
        resolveSession: () => ({ userId: 'user_1', permissions: ['metering.*'] }),
      },
    })
    const headers = { 'purser-session-id': 'forged', 'purser-client-address': '192.0.2.9' }
    for (const key of [token(signer), reader]) await call(first, { key, headers })
    const told = seen.headers.map((each) => [
      each.get('purser-session-id'),
      each.get('purser-client-address'),
    ])
    expect(told).toEqual([
      ['session_1', '127.0.0.1'],
      [null, '127.0.0.1'],
    ])
  })
})
