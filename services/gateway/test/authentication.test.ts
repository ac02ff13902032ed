import { PurserError } from '@purser/kernel'
import { describe, expect, test } from 'vitest'
import { openGateway, reader, writer } from './gateway-harness.ts'

const meters = '/api/v1/tenants/acme/meters'

describe('credentials', () => {
  test('by either header make the caller known to the service', async () => {
    const { ask, seen } = await openGateway()
    expect(await (await ask(meters, { key: reader })).json()).toEqual({ meters: [] })
    expect((await ask(meters, { headers: { 'x-api-key': reader } })).status).toBe(200)
    const principal = {
      kind: 'api_key',
      id: `key_of_${reader}`,
      tenant: 'acme',
      permissions: ['metering.meters.read'],
    }
    expect(seen.principals).toEqual([principal, principal])
  })

  test.each([
    ['none', {}, 'auth.missing_credentials'],
    ['an unknown key', { authorization: 'Bearer pk_unknown' }, 'auth.invalid_credentials'],
    ['another scheme', { authorization: 'Basic eDp5' }, 'auth.invalid_credentials'],
    ['an endless key', { 'x-api-key': 'x'.repeat(5000) }, 'auth.invalid_credentials'],
  ])('%s: 401 with a challenge', async (_name, headers: Record<string, string>, code) => {
    const { ask } = await openGateway()
    const response = await ask(meters, { headers })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(await response.json()).toMatchObject({ code, type: `/problems/${code}` })
  })

  test('are verified once for many requests, also at the same time', async () => {
    const { ask, seen } = await openGateway()
    const both = await Promise.all([ask(meters, { key: reader }), ask(meters, { key: reader })])
    expect(both.map(({ status }) => status)).toEqual([200, 200])
    expect((await ask(meters, { key: reader })).status).toBe(200)
    for (let count = 0; count < 3; count++) await ask(meters, { key: 'pk_wrong' })
    expect(seen.verifications).toEqual([reader, 'pk_wrong'])
  })

  test('that could not be verified in an outage are asked about again', async () => {
    let isUp = false
    const verifyApiKey = () => {
      if (isUp) return { apiKeyId: 'k', tenant: 'acme', permissions: ['*'] }
      throw new PurserError('platform.unavailable', 'the database is away')
    }
    const { ask } = await openGateway({ methods: { verifyApiKey } })
    const response = await ask(meters, { key: reader })
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('1')
    isUp = true
    expect((await ask(meters, { key: reader })).status).toBe(200)
  })
})

describe('permission', () => {
  const post = (key: string, body: string) => ({
    method: 'POST',
    key,
    body,
    headers: { 'content-type': 'application/json' },
  })

  test('is checked before the body is read', async () => {
    const { ask } = await openGateway()
    const response = await ask(meters, post(reader, '{"broken'))
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ code: 'auth.permission_denied' })
    const read = await ask(meters, post(writer, '{"broken'))
    expect(await read.json()).toMatchObject({ status: 400, code: 'request.invalid_json' })
  })

  test('of another tenant answers as if nothing was there', async () => {
    const { ask } = await openGateway()
    const response = await ask('/api/v1/tenants/other/meters', { key: reader })
    expect(await response.json()).toMatchObject({ status: 404, code: 'resource.not_found' })
  })

  test('internal methods have no route', async () => {
    const { ask } = await openGateway()
    const response = await ask('/user.v1.UserService/VerifyApiKey', post(writer, '{}'))
    expect(await response.json()).toMatchObject({ status: 404, code: 'request.not_found' })
  })
})
