import { describe, expect, test } from 'vitest'
import { openGateway, reader, writer } from './gateway-harness.ts'

const meters = '/api/v1/tenants/acme/meters'

/** A gateway with these limits at a time that stands still until tests move it. */
async function open(options: Parameters<typeof openGateway>[0]) {
  const time = { nowMs: 0 }
  const gateway = await openGateway({ ...options, nowMs: () => time.nowMs })
  const statusOf = async (...of: Parameters<typeof gateway.ask>) =>
    (await gateway.ask(...of)).status
  const from = (address: string) => ({ headers: { 'x-forwarded-for': address } })
  return { ...gateway, time, statusOf, from }
}

describe('a limit', () => {
  test('lets exactly so many of a burst pass, and one more with each token', async () => {
    const { time, statusOf } = await open({ rateLimits: { default: 60 } })
    const burst = await Promise.all(
      Array.from({ length: 300 }, () => statusOf(meters, { key: reader })),
    )
    expect(burst.filter((status) => status === 200)).toHaveLength(60)
    expect(burst.filter((status) => status === 429)).toHaveLength(240)
    time.nowMs = 999
    expect(await statusOf(meters, { key: reader })).toBe(429)
    time.nowMs = 1_000
    expect(await statusOf(meters, { key: reader })).toBe(200)
    expect(await statusOf(meters, { key: reader })).toBe(429)
  })

  test('is told with each answer, and when to come again', async () => {
    const { ask } = await open({ rateLimits: { default: 2 } })
    const headersOf = ({ headers }: Response) =>
      ['limit', 'remaining', 'reset'].map((name) => {
        expect(headers.get(`x-ratelimit-${name}`)).toBe(headers.get(`ratelimit-${name}`))
        return headers.get(`ratelimit-${name}`)
      })
    expect(headersOf(await ask(meters, { key: reader }))).toEqual(['2', '1', '30'])
    expect(headersOf(await ask(meters, { key: reader }))).toEqual(['2', '0', '60'])
    const refused = await ask(meters, { key: reader })
    expect(refused.status).toBe(429)
    expect(headersOf(refused)).toEqual(['2', '0', '60'])
    expect(refused.headers.get('retry-after')).toBe('30')
    expect(await refused.json()).toEqual({
      type: '/problems/request.rate_limited',
      title: 'Limit reached',
      status: 429,
      detail: 'Too many requests; wait before the next.',
      code: 'request.rate_limited',
      request_id: expect.any(String),
      retry_after_seconds: '30',
    })
  })

  test('counts each class and each caller apart, and all spellings of a path together', async () => {
    const { statusOf } = await open({ rateLimits: { default: 1, bulk: 1 } })
    const upload = { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }
    expect(await statusOf(meters, { key: writer })).toBe(200)
    expect(await statusOf(`${meters}?page_size=5`, { key: writer })).toBe(429)
    expect(await statusOf('/api/v1/tenants/%61cme/meters', { key: writer })).toBe(429)
    expect(await statusOf(meters, { headers: { 'x-api-key': writer } })).toBe(429)
    expect(await statusOf(meters, { key: reader })).toBe(200)
    const events = '/api/v1/tenants/acme/events'
    expect(await statusOf(events, { key: writer, ...upload })).not.toBe(429)
    expect(await statusOf(events, { key: writer, ...upload })).toBe(429)
  })

  test('of the sensitive class is its own', async () => {
    const { statusOf } = await open({ rateLimits: { sensitive: 1 } })
    const signIn = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }
    expect(await statusOf('/api/v1/auth/login', signIn)).not.toBe(429)
    expect(await statusOf('/api/v1/auth/login', signIn)).toBe(429)
  })

  test('of 0 is none, and health and metrics have none', async () => {
    const unlimited = await open({ rateLimits: {} })
    const answer = await unlimited.ask(meters, { key: reader })
    expect(answer.headers.get('ratelimit-limit')).toBeNull()
    const { statusOf } = await open({ rateLimits: { default: 1, sensitive: 1 } })
    for (const path of ['/health/live', '/health/ready', '/metrics']) {
      for (let count = 0; count < 3; count++) expect(await statusOf(path)).toBe(200)
    }
  })
})

describe('without good credentials', () => {
  test('requests are limited by address, also for what there is not', async () => {
    const { statusOf } = await open({ rateLimits: { default: 3 } })
    expect(await statusOf(meters)).toBe(401)
    expect(await statusOf('/nothing')).toBe(404)
    expect(await statusOf('/openapi.json')).toBe(200)
    for (const path of [meters, '/nothing', '/openapi.json']) expect(await statusOf(path)).toBe(429)
    expect(await statusOf(meters, { key: reader })).toBe(200)
  })

  test('an address is soon not listened to, and again after a while', async () => {
    const { time, seen, statusOf } = await open({ rateLimits: { sensitive: 2 } })
    expect(await statusOf(meters, { key: 'pk_1' })).toBe(401)
    expect(await statusOf(meters, { key: 'no.access.token' })).toBe(401)
    expect(await statusOf(meters, { key: 'pk_3' })).toBe(429)
    expect(await statusOf(meters, { key: reader })).toBe(429)
    expect(seen.verifications).toEqual(['pk_1'])
    time.nowMs = 30_000
    expect(await statusOf(meters, { key: reader })).toBe(200)
  })
})

describe('addresses', () => {
  test('that a client forges are not read', async () => {
    const { statusOf, from } = await open({ rateLimits: { default: 1 } })
    expect(await statusOf(meters, from('192.0.2.1'))).toBe(401)
    expect(await statusOf(meters, from('192.0.2.2'))).toBe(429)
  })

  test('are read of trusted proxies, from the right', async () => {
    const trustedProxies = ['127.0.0.0/8', '10.0.0.0/8']
    const { statusOf, from } = await open({ trustedProxies, rateLimits: { default: 1 } })
    expect(await statusOf(meters, from('192.0.2.1'))).toBe(401)
    expect(await statusOf(meters, from('192.0.2.2, 10.1.1.1'))).toBe(401)
    expect(await statusOf(meters, from('203.0.113.7, 192.0.2.1, 10.1.1.1'))).toBe(429)
    expect(await statusOf(meters, from('2001:db8::1'))).toBe(401)
    expect(await statusOf(meters, from('2001:db8::2'))).toBe(429)
    expect(await statusOf(meters, from('2001:db8:0:1::1'))).toBe(401)
  })
})
