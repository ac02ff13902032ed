import { PurserError } from '@purser/kernel'
import { describe, expect, test } from 'vitest'
import { openGateway, reader } from './gateway-harness.ts'
import { newSigner, NOW, type Signer, token } from './token-forge.ts'

const meters = '/api/v1/tenants/acme/meters'

/** A gateway whose user service has these keys and sessions, on a clock that tests move. */
async function open(first: Signer) {
  const service = {
    nowMs: 0,
    signers: [first],
    isUp: true,
    hasEnded: false,
    asked: { keys: 0, sessions: 0 },
  }
  const requireUp = () => {
    if (!service.isUp) throw new PurserError('platform.unavailable', 'the database is away')
  }
  const gateway = await openGateway({
    clock: { now: () => NOW },
    nowMs: () => service.nowMs,
    methods: {
      listSigningKeys: () => {
        service.asked.keys += 1
        requireUp()
        const keys = service.signers.map(({ jwk }) => ({ ...jwk, d: 'a secret' }))
        return { jwksJson: JSON.stringify({ keys }) }
      },
      resolveSession: () => {
        service.asked.sessions += 1
        requireUp()
        if (service.hasEnded) throw new PurserError('auth.invalid_credentials', 'ended')
        return { userId: 'user_1', permissions: ['metering.*'] }
      },
    },
  })
  const statusWith = async (key: string) => (await gateway.ask(meters, { key })).status
  return { ...gateway, service, statusWith }
}

describe('a session', () => {
  test('is asked about once in 4 seconds, also by many at once', async () => {
    const signer = newSigner()
    const { service, statusWith } = await open(signer)
    const key = token(signer)
    expect(await Promise.all([statusWith(key), statusWith(key)])).toEqual([200, 200])
    service.hasEnded = true
    service.nowMs = 3_999
    expect(await statusWith(key)).toBe(200)
    service.nowMs = 4_000
    expect(await statusWith(key)).toBe(401)
    expect(service.asked).toEqual({ keys: 1, sessions: 2 })
  })

  test('that was refused is asked about again after a second', async () => {
    const signer = newSigner()
    const { service, statusWith } = await open(signer)
    service.hasEnded = true
    expect(await statusWith(token(signer))).toBe(401)
    service.hasEnded = false
    expect(await statusWith(token(signer))).toBe(401)
    service.nowMs = 1_000
    expect(await statusWith(token(signer))).toBe(200)
  })

  test('that could not be asked about in an outage is asked about again', async () => {
    const signer = newSigner()
    const { service, statusWith } = await open(signer)
    service.isUp = false
    expect(await statusWith(token(signer))).toBe(503)
    service.isUp = true
    expect(await statusWith(token(signer))).toBe(200)
    service.isUp = false
    service.nowMs = 4_000
    expect(await statusWith(token(signer))).toBe(503)
    service.isUp = true
    expect(await statusWith(token(signer))).toBe(200)
  })

  test('and the address are told to services, never by the client', async () => {
    const signer = newSigner()
    const { ask, seen } = await open(signer)
    const forged = { 'purser-session-id': 'forged', 'purser-client-address': '192.0.2.9' }
    for (const key of [token(signer), reader]) await ask(meters, { key, headers: forged })
    const told = seen.headers.map((headers) => [
      headers.get('purser-session-id'),
      headers.get('purser-client-address'),
    ])
    expect(told).toEqual([
      ['session_1', '127.0.0.1'],
      [null, '127.0.0.1'],
    ])
  })
})

describe('signing keys', () => {
  test('may be replaced without a restart', async () => {
    const [old, fresh] = [newSigner('old'), newSigner('fresh')]
    const { service, statusWith } = await open(old)
    expect(await statusWith(token(old))).toBe(200)
    service.signers = [fresh]
    service.nowMs = 6_000
    expect(await statusWith(token(fresh))).toBe(200)
    expect(await statusWith(token(old))).toBe(401)
  })

  test('are asked for once a second however many unknown ones are named', async () => {
    const signer = newSigner()
    const { service, statusWith } = await open(signer)
    const unknown = [1, 2, 3, 4].map((n) => token(signer, {}, { kid: `unknown-${n}` }))
    for (const key of unknown) expect(await statusWith(key)).toBe(401)
    expect(service.asked.keys).toBe(1)
    service.nowMs = 999
    await Promise.all(unknown.map(statusWith))
    expect(service.asked.keys).toBe(1)
    service.nowMs = 1_000
    await Promise.all(unknown.map(statusWith))
    expect(service.asked.keys).toBe(2)
  })

  test('are asked for again after 5 minutes', async () => {
    const signer = newSigner()
    const { service, statusWith } = await open(signer)
    expect(await statusWith(token(signer))).toBe(200)
    service.signers = []
    service.nowMs = 299_999
    expect(await statusWith(token(signer))).toBe(200)
    service.nowMs = 300_000
    expect(await statusWith(token(signer))).toBe(401)
  })

  test('are public, their private halves are not', async () => {
    const signer = newSigner()
    const { ask } = await open(signer)
    const response = await ask('/.well-known/jwks.json')
    expect(response.headers.get('cache-control')).toBe('public, max-age=300')
    const { kty, crv, x, kid, alg, use } = signer.jwk as Record<string, unknown>
    expect(await response.json()).toEqual({ keys: [{ kty, crv, x, kid, alg, use }] })
  })
})
