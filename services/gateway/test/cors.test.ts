import { PurserError } from '@purser/kernel'
import { expect, test } from 'vitest'
import { openGateway, reader } from './gateway-harness.ts'

const meters = '/api/v1/tenants/acme/meters'
const shop = 'https://shop.example'
const preflight = (origin: string) => ({
  method: 'OPTIONS',
  headers: { origin, 'access-control-request-method': 'POST' },
})

test('pages of the configured origin may ask and read', async () => {
  const { ask } = await openGateway({ corsOrigins: [shop], rateLimits: { default: 1 } })
  for (let count = 0; count < 3; count++) {
    const allowed = await ask(meters, preflight(shop))
    expect(allowed.status).toBe(204)
    expect(Object.fromEntries(allowed.headers)).toMatchObject({
      'access-control-allow-origin': shop,
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, PATCH, DELETE',
      'access-control-allow-headers':
        'authorization, content-type, idempotency-key, x-api-key, x-request-id, x-purser-tenant',
      'access-control-max-age': '600',
      vary: 'Origin',
    })
  }
  for (const status of [200, 429]) {
    const answer = await ask(meters, { key: reader, headers: { origin: shop } })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('access-control-allow-origin')).toBe(shop)
    expect(answer.headers.get('access-control-expose-headers')).toContain('retry-after')
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
  }
})

test.each([
  'https://shop.example.evil.example',
  'http://shop.example',
  'https://SHOP.example',
  'https://shop.example:8443',
  'null',
  '*',
])('pages of %s may not', async (origin) => {
  const { ask } = await openGateway({ corsOrigins: [shop] })
  const refused = await ask(meters, preflight(origin))
  expect(refused.status).not.toBe(204)
  const answer = await ask(meters, { key: reader, headers: { origin } })
  for (const { headers } of [refused, answer]) {
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(headers.get('vary')).toBe('Origin')
  }
})

test('nobody may unless configured', async () => {
  const { ask } = await openGateway()
  expect((await ask(meters, preflight(shop))).headers.get('access-control-allow-origin')).toBeNull()
})

test.each(['*', 'shop.example', 'https://shop.example/', 'null'])(
  '%s is no origin to configure',
  async (origin) => {
    await expect(openGateway({ corsOrigins: [origin] })).rejects.toBeInstanceOf(PurserError)
  },
)
