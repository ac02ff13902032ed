import { createHmac, hkdfSync } from 'node:crypto'
import { temporaryFolder, type TemporaryFolder, waitFor } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { manifests } from '../src/manifests.ts'
import { loadPlatformConfig } from '../src/platform/config.ts'
import { type Platform, startPlatform } from '../src/platform/platform.ts'

const SECRET = 'the secret of the payment edge tests, long enough'

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

async function call(method: string, path: string, body?: object | string, headers = {}) {
  const response = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${platform.demoKey}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return { status: response.status, json: JSON.parse(await response.text()) }
}

/** Signs as a provider does, from what an operator can derive of the platform's secret alone. */
function signed(body: string) {
  const key = hkdfSync('sha256', SECRET, '', 'purser sandbox webhooks', 32)
  const secret = `whsec_${Buffer.from(key).toString('base64url')}`
  const seconds = Math.floor(Date.now() / 1_000)
  const v1 = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
  return { 'sandbox-signature': `t=${seconds},v1=${v1}` }
}

const wanted = (key: string, token: string) => ({
  idempotency_key: key,
  amount: { amount_cents: 1999, currency: 'EUR' },
  payment_method_token: token,
})

test('a signed webhook of exact bytes is taken without credentials, a changed one is not', async () => {
  const made = await call('POST', '/tenants/acme/payments', wanted('edge-1', 'tok_requires_action'))
  expect(made).toMatchObject({ status: 200, json: { state: 'requires_action' } })
  const { payment_id: paymentId } = made.json
  const charge = {
    key: `${paymentId}/1`,
    id: 'sch_edge',
    token: 'tok_requires_action',
    status: 'succeeded',
    amount_minor: '1999',
    currency: 'EUR',
    decline_code: '',
    challenge: '',
  }
  // Spaces and order as nobody would write them again: the signature is over bytes.
  const body = `{ "type":"charge.succeeded",\n "id":"evt_edge", "tenant":"acme","charge": ${JSON.stringify(charge)}}`
  const path = '/payments/webhooks/sandbox'
  const send = async (text: string, headers: object) => {
    const response = await fetch(`${platform.url}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: text,
    })
    return [
      response.status,
      (await response.json()) as { code?: string; received?: boolean },
    ] as const
  }
  const [changed, refusal] = await send(body.replace('1999', '1998'), signed(body))
  expect([changed, refusal.code]).toEqual([400, 'payment.webhook_refused'])
  expect((await send(body, {}))[0]).toBeGreaterThanOrEqual(400)
  expect(await send(body, signed(body))).toEqual([200, { received: true }])
  expect(await send(body, signed(body))).toEqual([200, { received: true }])
  const paid = await call('GET', `/tenants/acme/payments/${paymentId}`)
  expect(paid.json.transitions.map(({ to_state }: { to_state: string }) => to_state)).toEqual([
    'created',
    'processing',
    'requires_action',
    'succeeded',
  ])
})

test('a shopper approves at the sandbox, and the webhook settles the payment', async () => {
  const made = await call('POST', '/tenants/acme/payments', wanted('edge-2', 'tok_requires_action'))
  const { payment_id: paymentId, next_action: next } = made.json
  const challenge = new URL(next.url).searchParams.get('challenge')
  const decided = await fetch(`${platform.url}/api/v1/tenants/acme/payments/sandbox/actions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ challenge, decision: 'approve' }),
  })
  expect(decided.status).toBe(200)
  await waitFor(async () => {
    const { json } = await call('GET', `/tenants/acme/payments/${paymentId}`)
    return json.state === 'succeeded'
  })
})

test('a card number is refused with the name of its field', async () => {
  const request = wanted('edge-3', '4242424242424242')
  const refused = await call('POST', '/tenants/acme/payments', request)
  expect(refused).toMatchObject({ status: 400, json: { code: 'payment.card_number_refused' } })
  expect(JSON.stringify(refused.json)).not.toContain('4242424242424242')
})
