import { temporaryFolder, type TemporaryFolder } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { manifests } from '../src/manifests.ts'
import { loadPlatformConfig } from '../src/platform/config.ts'
import { type Platform, startPlatform } from '../src/platform/platform.ts'

let folder: TemporaryFolder
let platform: Platform
let key: string

const errorUrn = 'urn:ietf:params:scim:api:messages:2.0:Error'
const scimJson = 'application/scim+json; charset=utf-8'

beforeAll(async () => {
  folder = await temporaryFolder()
  const ports = manifests.map(({ name }) => [`${name.toUpperCase()}_GRPC_PORT`, '0'])
  const env = {
    ...Object.fromEntries(ports),
    HTTP_PORT: '0',
    DATA_DIR: folder.path,
    LOG_LEVEL: 'error',
    RATE_LIMIT_PER_MINUTE: '10000',
  }
  const { config } = loadPlatformConfig({ env, cwd: '/' })
  platform = await startPlatform(config, new AbortController().signal)
  const made = await fetch(`${platform.url}/api/v1/tenants/acme/api-keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${platform.demoKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'identity provider', permissions: ['user.provisioning.write'] }),
  })
  key = ((await made.json()) as { secret: string }).secret
})
afterAll(async () => {
  await platform.stop()
  await folder[Symbol.asyncDispose]()
})

type Sent = { method?: string; body?: object | string; as?: string; tenant?: string; type?: string }

async function scim(path: string, sent: Sent = {}) {
  const { method = 'GET', body, as = key, tenant = 'acme', type = 'application/scim+json' } = sent
  const response = await fetch(`${platform.url}/scim/v2/tenants/${tenant}${path}`, {
    method,
    headers: {
      ...(as === '' ? {} : { authorization: `Bearer ${as}` }),
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    location: response.headers.get('location'),
    json: text === '' ? undefined : JSON.parse(text),
  }
}

test('an identity provider creates, finds, changes and removes a person with its key alone', async () => {
  const config = await scim('/ServiceProviderConfig')
  expect(config).toMatchObject({ status: 200, type: scimJson })
  expect(config.json).toMatchObject({ patch: { supported: true }, bulk: { supported: false } })
  expect((await scim('/Schemas')).json.totalResults).toBe(2)
  expect((await scim('/ResourceTypes/User')).json).toMatchObject({ endpoint: '/Users' })

  const created = await scim('/Users', { method: 'POST', body: { userName: 'Ann@Acme.test' } })
  expect(created).toMatchObject({ status: 201, type: scimJson })
  expect(created.location).toBe(`/scim/v2/tenants/acme/Users/${created.json.id}`)
  const at = `/Users/${created.json.id}`
  const found = await scim(
    `/Users?filter=${encodeURIComponent('userName eq "ann@acme.test"')}&count=1`,
  )
  expect(found.json.Resources).toEqual([created.json])

  const Operations = [{ op: 'Replace', path: 'active', value: 'False' }]
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp']
  const patched = await scim(at, {
    method: 'PATCH',
    body: { schemas, Operations },
    type: 'application/json',
  })
  expect(patched).toMatchObject({ status: 200, json: { active: false } })
  const removed = await scim(at, { method: 'DELETE' })
  expect(removed).toEqual({ status: 204, type: null, location: null, json: undefined })
  expect((await scim(at)).status).toBe(404)
})

test.each([
  ['a filter', '/Users?filter=bogus', {}, 400, 'invalidFilter'],
  ['a body', '/Users', { method: 'POST', body: '{' }, 400, 'invalidSyntax'],
  ['a media type', '/Users', { method: 'POST', body: 'x', type: 'text/plain' }, 415, undefined],
  ['something unknown', '/Groups/none', {}, 404, undefined],
  ['nobody', '/Users', { as: '' }, 401, undefined],
  ['a bad key', '/Users', { as: 'pk_none' }, 401, undefined],
  ['another tenant', '/Users', { tenant: 'elsewhere' }, 404, undefined],
] as const)('%s is refused in the words of SCIM', async (_name, path, sent, status, scimType) => {
  const answer = await scim(path, sent)
  expect(answer).toMatchObject({ status, type: scimJson })
  expect(answer.json).toMatchObject({ schemas: [errorUrn], status: String(status) })
  expect(answer.json.scimType).toBe(scimType)
})

test('the key reaches nothing else', async () => {
  for (const path of ['users', 'accounts', 'api-keys', 'roles', 'sso/connection']) {
    const response = await fetch(`${platform.url}/api/v1/tenants/acme/${path}`, {
      headers: { authorization: `Bearer ${key}` },
    })
    expect(response.status, path).toBe(403)
  }
})
