import { createHmac, hkdfSync } from 'node:crypto'
import { temporaryFolder, type TemporaryFolder } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { manifests } from '../src/manifests.ts'
import { loadPlatformConfig } from '../src/platform/config.ts'
import { type Platform, startPlatform } from '../src/platform/platform.ts'

const SECRET = 'the secret of the shipping edge tests, long enough'

let folder: TemporaryFolder
let platform: Platform

beforeAll(async () => {
  folder = await temporaryFolder()
  const ports = manifests.map(({ name }) => [`${name.toUpperCase()}_GRPC_PORT`, '0'])
  const env = {
    ...Object.fromEntries(ports),
    HTTP_PORT: '0',
    DATA_DIR: folder.path,
    PURSER_SECRET: SECRET,
    LOG_LEVEL: 'error',
    RATE_LIMIT_PER_MINUTE: '10000',
  }
  const { config } = loadPlatformConfig({ env, cwd: '/' })
  platform = await startPlatform(config, new AbortController().signal)
})
afterAll(async () => {
  await platform.stop()
  await folder[Symbol.asyncDispose]()
})

async function call(method: string, path: string, body?: object) {
  const response = await fetch(`${platform.url}/api/v1/tenants/acme${path}`, {
    method,
    headers: {
      authorization: `Bearer ${platform.demoKey}`,
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
  return { status: response.status, json: JSON.parse(await response.text()) }
}

test('the demo tenant delivers everywhere, in its currencies', async () => {
  const { json: zones } = await call('GET', '/shipping/zones')
  expect(zones.zones.map(({ zone_key }: { zone_key: string }) => zone_key)).toEqual([
    'europe',
    'home',
    'world',
  ])
  const { json } = await call('GET', '/shipping/methods')
  expect(json.methods).toMatchObject([
    { method_key: 'standard', carrier: 'sandbox', is_active: true },
    { method_key: 'express', carrier_service: 'express' },
  ])
  for (const { rates } of json.methods) expect(rates).toHaveLength(6)
})

test('an operator puts a method as it is listed', async () => {
  const tiers = [{ up_to: 3, price_cents: 250 }, { price_cents: 400 }]
  const rates = [{ zone_key: 'home', currency: 'EUR', basis: 'pieces', tiers }]
  const put = await call('PUT', '/shipping/methods/pick-up', { title: 'Pick up', rates })
  expect(put.status).toBe(200)
  const { json } = await call('GET', '/shipping/methods')
  expect(json.methods).toContainEqual(put.json)
  const twice = { title: 'Pick up', rates: [...rates, ...rates] }
  expect(await call('PUT', '/shipping/methods/pick-up', twice)).toMatchObject({
    status: 400,
    json: { code: 'shipping.invalid_method' },
  })
})

test('a signed webhook of exact bytes is taken without credentials, a changed one is not', async () => {
  const parcel = { key: 'ship_never', tracking_number: 'SBX1', status: 'delivered' }
  // Spaces and order as nobody would write them again: the signature is over bytes.
  const body = `{ "tenant":"acme",\n "id":"evt_edge", "parcel": ${JSON.stringify(parcel)}}`
  const key = hkdfSync('sha256', SECRET, '', 'purser sandbox carrier webhooks', 32)
  const secret = `whsec_${Buffer.from(key).toString('base64url')}`
  const seconds = Math.floor(Date.now() / 1_000)
  const v1 = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
  const send = async (text: string, signature: string) => {
    const response = await fetch(`${platform.url}/api/v1/shipping/webhooks/sandbox`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sandbox-signature': signature },
      body: text,
    })
    return [response.status, await response.json()]
  }
  const signature = `t=${seconds},v1=${v1}`
  expect(await send(body, signature)).toEqual([200, { received: true }])
  expect(await send(body, signature)).toEqual([200, { received: true }])
  const refused = expect.objectContaining({ code: 'shipping.webhook_refused' })
  expect(await send(body.replace('SBX1', 'SBX2'), signature)).toEqual([400, refused])
})
