import { createClient } from '@connectrpc/connect'
import { AssertionError, fixedClock } from '@purser/kernel'
import { silentLogger } from '@purser/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  BadPatternService,
  NotPublicService,
  ThingService,
  UndeclaredService,
} from '../test-contract/gen/purser/testing/v1/testing_pb.js'
import { type OpenThings, openThings, principalTestKey } from '../test-contract/open-things.ts'
import { thingService } from '../test-contract/thing-service.ts'
import {
  asService,
  createPrincipalCodec,
  createRemoteTransport,
  createServiceHost,
  defineService,
  principalHeader,
  type ServiceDefinition,
} from './index.ts'

let things: OpenThings

beforeAll(async () => {
  things = await openThings('connect', {
    logCalls: true,
    maxMessageBytes: 1000,
    checkCredentials: async ({ header }) =>
      header.get('x-api-key') === 'good'
        ? { kind: 'api_key', id: 'key_1', tenant: 'acme', permissions: ['testing.*'] }
        : undefined,
  })
})
afterAll(() => things.close())

const path = '/purser.testing.v1.ThingService'
const unused = () => {
  throw new Error('not called')
}
const echo = (request: { text: string }) => ({ text: request.text })

function post(method: string, body: object, headers: Record<string, string> = {}) {
  return fetch(`${things.server.url}${path}/${method}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
}

function start(...services: ServiceDefinition[]) {
  const principals = createPrincipalCodec({ key: principalTestKey })
  return createServiceHost({ services, log: silentLogger, principals })
}

test('a method that declares no access stops the start-up and is named', () => {
  const forgotten = defineService(UndeclaredService, { forgotten: echo })
  expect(() => start(forgotten)).toThrow(AssertionError)
  expect(() => start(forgotten)).toThrow('purser.testing.v1.UndeclaredService/Forgotten')
  const denied = defineService(NotPublicService, { denied: echo })
  expect(() => start(denied)).toThrow('purser.testing.v1.NotPublicService/Denied')
})

test('a rule that cannot work, a missing method, a service given twice stop the start-up', () => {
  const bad = defineService(BadPatternService, { match: () => ({}) })
  expect(() => start(bad)).toThrow('BadPatternRequest.text does not compile')
  const things = thingService(unused)
  const { echo: _, ...rest } = things.implementation
  const missing = { service: ThingService, implementation: rest }
  expect(() => start(missing)).toThrow('ThingService/Echo has no implementation')
  expect(() => start(things, things)).toThrow('given twice')
})

test('JSON over HTTP/1.1 works on the same port', async () => {
  const response = await post('Echo', { text: 'hi' }, { 'x-sent': 'sent' })
  expect(response.status).toBe(200)
  expect(response.headers.get('x-echo')).toBe('sent')
  expect(await response.json()).toEqual({ text: 'hi' })
})

test('an error over HTTP/1.1 carries its code and nothing internal', async () => {
  const response = await post('Fail', { how: 'bug' })
  expect(response.status).toBe(500)
  const text = await response.text()
  expect(JSON.parse(text)).toMatchObject({ code: 'internal', message: 'internal error' })
  expect(text).not.toContain('secret')
})

test('a signed principal is believed', async () => {
  const token = things.principals.sign({
    kind: 'user',
    id: 'usr_1',
    tenant: 'acme',
    permissions: [],
  })
  const response = await post('WhoAmI', {}, { [principalHeader]: token })
  expect(await response.json()).toMatchObject({ kind: 'user', id: 'usr_1', tenant: 'acme' })
})

test('a forged, damaged or expired principal is refused, even on a public method', async () => {
  const user = { kind: 'user', id: 'usr_1', tenant: 'acme', permissions: ['*'] } as const
  const clock = fixedClock(Temporal.Now.instant().subtract({ seconds: 90 }))
  const bad = [
    createPrincipalCodec({ key: 'f'.repeat(32) }).sign(user),
    createPrincipalCodec({ key: principalTestKey, clock }).sign(user),
    things.principals.sign(user).slice(0, -3),
    JSON.stringify(user),
    '',
  ]
  for (const token of bad) {
    const response = await post('Echo', { text: 'x' }, { [principalHeader]: token })
    expect([token, response.status]).toEqual([token, 401])
  }
})

test('other credentials are checked by the given function, on the network', async () => {
  const read = (headers: Record<string, string>) => post('ReadThing', { tenant: 'acme' }, headers)
  expect((await read({ 'x-api-key': 'good' })).status).toBe(200)
  expect((await read({ 'x-api-key': 'bad' })).status).toBe(401)
  expect((await read({})).status).toBe(401)
  const foreign = await post('ReadThing', { tenant: 'other' }, { 'x-api-key': 'good' })
  expect(foreign.status).toBe(404)
})

test('an undecodable and an oversized request are the caller’s fault', async () => {
  expect((await post('Echo', { text: 5 })).status).toBe(400)
  const remote = createRemoteTransport({
    baseUrl: things.server.url,
    principals: things.principals,
  })
  const client = createClient(ThingService, remote)
  await expect(client.echo({ text: 'x'.repeat(2000) })).rejects.toMatchObject({
    code: 'request.body_too_large',
  })
  remote.close()
})

test('an acceptable request id is kept, another one is replaced', async () => {
  const idOf = async (id: string) => {
    const response = await post('WhoAmI', {}, { 'x-request-id': id })
    return ((await response.json()) as { requestId: string }).requestId
  }
  expect(await idOf('abc-123')).toBe('abc-123')
  expect(await idOf('a b')).toMatch(/^req_/)
  expect(await idOf('x'.repeat(101))).toMatch(/^req_/)
})

test('each call is logged on request, with who called and how it ended', async () => {
  const options = asService('billing', 'acme', { requestId: 'req_logged' })
  await things.client.readThing({ tenant: 'acme' }, options)
  const line = things.lines.map((text) => JSON.parse(text)).findLast((each) => each.msg === 'call')
  expect(line).toMatchObject({
    level: 'info',
    service: 'purser.testing.v1.ThingService',
    method: 'ReadThing',
    protocol: 'connect',
    requestId: 'req_logged',
    caller: 'service:billing',
    tenant: 'acme',
    code: 'ok',
  })
  expect(line.durationMs).toBeGreaterThan(0)
})
