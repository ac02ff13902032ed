import { request } from 'node:http'
import { temporaryFolder, type TemporaryFolder, waitFor } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { manifests } from '../src/manifests.ts'
import { loadPlatformConfig } from '../src/platform/config.ts'
import { type Platform, startPlatform } from '../src/platform/platform.ts'

const invited = z.object({ invitation: z.string() })
const signedIn = z.object({ access_token: z.string(), refresh_token: z.string() })

let folder: TemporaryFolder
let platform: Platform
beforeAll(async () => {
  folder = await temporaryFolder()
  const ports = manifests.map(({ name }) => [`${name.toUpperCase()}_GRPC_PORT`, '0'])
  const env = {
    ...Object.fromEntries(ports),
    HTTP_PORT: '0',
    DATA_DIR: folder.path,
    LOG_LEVEL: 'error',
    RATE_LIMIT_SENSITIVE_PER_MINUTE: '0',
    RATE_LIMIT_PER_MINUTE: '10000',
  }
  const { config } = loadPlatformConfig({ env, cwd: '/' })
  platform = await startPlatform(config, new AbortController().signal)
})
afterAll(async () => {
  await platform.stop()
  await folder[Symbol.asyncDispose]()
})

type Sent = { method?: string; body?: object; as?: string; headers?: Record<string, string> }

async function send(path: string, { method = 'POST', body, as, headers }: Sent) {
  const response = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: {
      ...headers,
      ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: JSON.parse(text) }
}

/** Invites a person with the demo key and takes the invitation up. */
async function signIn(email: string, role: string) {
  const invitation = await send('/tenants/acme/users', {
    as: platform.demoKey ?? '',
    body: { email, full_name: email, role },
  })
  const { invitation: token } = invited.parse(invitation.json)
  const accepted = await send('/auth/accept-invitation', {
    body: { invitation: token, password: 'correct horse battery' },
  })
  return signedIn.parse(accepted.json)
}

const newPlan = (key: string) => ({
  plan_key: key,
  terms: {
    name: 'Pro',
    currency: 'USD',
    prices: [{ price_key: 'base', description: 'Base fee', flat: { amount: '29' } }],
  },
})

test('an owner is invited, signs in, works, exchanges tokens and signs out', async () => {
  const first = await signIn('owner@acme.test', 'owner')
  const me = await send('/users/me', { method: 'GET', as: first.access_token })
  expect(me.json).toMatchObject({ user: { email: 'owner@acme.test', role: 'owner' } })
  expect(me.headers.get('ratelimit-limit')).toBe('10000')

  const tokens = signedIn.parse(
    (await send('/auth/refresh', { body: { refresh_token: first.refresh_token } })).json,
  )
  const again = await send('/users/me', { method: 'GET', as: tokens.access_token })
  expect(again.status).toBe(200)

  await send('/auth/logout', { body: { refresh_token: tokens.refresh_token } })
  const refusal = await waitFor(async () => {
    const answer = await send('/users/me', { method: 'GET', as: tokens.access_token })
    return answer.status === 401 ? answer : undefined
  })
  expect(refusal.json).toMatchObject({ code: 'auth.invalid_credentials' })
})

test('a refresh token that is used twice ends the session', async () => {
  const { refresh_token: old } = await signIn('twice@acme.test', 'viewer')
  const answer = await send('/auth/refresh', { body: { refresh_token: old } })
  const { refresh_token: next } = signedIn.parse(answer.json)
  expect((await send('/auth/refresh', { body: { refresh_token: old } })).status).toBe(401)
  expect((await send('/auth/refresh', { body: { refresh_token: next } })).status).toBe(401)
})

test('a viewer reads and does not write; a role given counts at once', async () => {
  const { access_token: as } = await signIn('viewer@acme.test', 'viewer')
  expect((await send('/tenants/acme/plans', { method: 'GET', as })).status).toBe(200)
  const refused = await send('/tenants/acme/plans', { as, body: newPlan('viewers') })
  expect(refused.status).toBe(403)
  const { json } = await send('/users/me', { method: 'GET', as })
  await send(`/tenants/acme/users/${json.user.user_id}/role`, {
    method: 'PUT',
    as: platform.demoKey ?? '',
    body: { role: 'admin' },
  })
  const made = await waitFor(async () => {
    const answer = await send('/tenants/acme/plans', { as, body: newPlan('viewers') })
    return answer.status === 200 ? answer : undefined
  })
  expect(made.json).toMatchObject({ plan_key: 'viewers' })
})

test('whoever registers with an address of somebody else is no staff, and an invitation ends that', async () => {
  const email = 'cto@corp.example'
  const as = platform.demoKey ?? ''
  const squatter = await send('/auth/register', {
    body: { tenant: 'acme', email, password: 'correct horse battery', full_name: 'Squatter' },
  })
  const { access_token: own } = signedIn.parse(squatter.json)
  const role = `/tenants/acme/users/${squatter.json.user.user_id}/role`
  const refused = await send(role, { method: 'PUT', as, body: { role: 'admin' } })
  expect(refused.status).toBe(409)
  expect(refused.json).toMatchObject({ code: 'user.email_not_verified' })
  expect((await send('/users/me', { method: 'GET', as: own })).json.user.role).toBe('shopper')

  const body = { email, full_name: 'Cleo', role: 'admin' }
  const invitation = await send('/tenants/acme/users', { as, body })
  expect(invitation.status).toBe(200)
  expect(invitation.json).not.toHaveProperty('invitation')
  const ended = await waitFor(async () => {
    const answer = await send('/users/me', { method: 'GET', as: own })
    return answer.status === 401 ? answer : undefined
  })
  expect(ended.json).toMatchObject({ code: 'auth.invalid_credentials' })
})

test('a write with an Idempotency-Key answers the same, byte for byte', async () => {
  const as = platform.demoKey ?? ''
  const headers = { 'idempotency-key': 'a4e1c1de-6c1b-4a49' }
  const first = await send('/tenants/acme/api-keys', {
    as,
    headers,
    body: { name: 'one', permissions: ['metering.events.write'] },
  })
  const second = await send('/tenants/acme/api-keys', {
    as,
    headers,
    body: { name: 'one', permissions: ['metering.events.write'] },
  })
  expect(first.status).toBe(200)
  expect(second.text).toBe(first.text)
  const other = await send('/tenants/acme/api-keys', {
    as,
    headers,
    body: { name: 'two', permissions: ['metering.events.write'] },
  })
  expect(other.status).toBe(422)
  expect(other.json).toMatchObject({ code: 'request.idempotency_mismatch' })
  const listed = await send('/tenants/acme/api-keys', { method: 'GET', as })
  expect(listed.text.match(/"name":"one"/g)).toHaveLength(1)
})

test('an unknown expectation is ignored, not answered with a bare 417', async () => {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const headers = { expect: 'the impossible', authorization: `Bearer ${platform.demoKey}` }
  request(`${platform.url}/api/v1/tenants/acme`, { headers }, (answer) => {
    answer.resume()
    resolve(answer.statusCode ?? 0)
  })
    .on('error', reject)
    .end()
  expect(await promise).toBe(200)
})
