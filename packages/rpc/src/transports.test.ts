import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, createContextKey, createContextValues } from '@connectrpc/connect'
import { isPurserError, type PurserError } from '@purser/kernel'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UndeclaredService } from '../test-contract/gen/purser/testing/v1/testing_pb.js'
import { type OpenThings, openThings, transportNames } from '../test-contract/open-things.ts'
import type { Things } from '../test-contract/thing-service.ts'
import { asService } from './index.ts'
import { callValues } from './principal.ts'

// One suite over every way to reach a service: nobody should be able to tell them apart.
describe.each(transportNames)('%s', (name) => {
  let things: OpenThings
  let client: Things
  const acme = asService('test', 'acme')

  beforeAll(async () => {
    things = await openThings(name)
    client = things.client
  })
  afterAll(() => things.close())

  test('unary with headers and trailers', async () => {
    let header: Headers | undefined
    let trailer: Headers | undefined
    const answer = await client.echo(
      { text: 'grüße' },
      {
        headers: { 'x-sent': 'sent' },
        onHeader: (headers) => {
          header = headers
        },
        onTrailer: (trailers) => {
          trailer = trailers
        },
      },
    )
    expect(answer).toMatchObject({ $typeName: 'purser.testing.v1.EchoResponse', text: 'grüße' })
    expect(header?.get('x-echo')).toBe('sent')
    expect(trailer?.get('x-echo-trailer')).toBe('end')
  })

  test('large messages', async () => {
    const text = 'x'.repeat(1_000_000)
    expect((await client.echo({ text })).text).toBe(text)
  })

  test('server streaming', async () => {
    const numbers = await collect(client.countThings({ tenant: 'acme', upTo: 300 }, acme))
    expect(numbers.map(({ number }) => number)).toEqual(
      Array.from({ length: 300 }, (_, i) => i + 1),
    )
  })

  test('client streaming', async () => {
    const requests = [1n, 2n, 2n ** 62n].map((number) => ({ tenant: 'acme', number }))
    expect((await client.sumThings(stream(requests), acme)).sum).toBe(3n + 2n ** 62n)
  })

  test('client streaming judges each message', async () => {
    const invalid = stream([
      { tenant: 'acme', number: 1n },
      { tenant: 'acme', number: -1n },
    ])
    const error = await refusal(client.sumThings(invalid, acme))
    expect(error).toMatchObject({
      code: 'request.invalid',
      fields: [{ field: 'number', message: 'must be at least 0' }],
    })
    const foreign = stream([{ tenant: 'acme' }, { tenant: 'other' }])
    expect((await refusal(client.sumThings(foreign, acme))).code).toBe('resource.not_found')
  })

  test('bidirectional streaming answers while the caller is still sending', async () => {
    const { promise: heard, resolve } = Promise.withResolvers<void>()
    async function* ask() {
      yield { text: 'one' }
      await heard
      yield { text: 'two' }
    }
    const answers: string[] = []
    for await (const { text } of client.converse(ask())) {
      answers.push(text)
      resolve()
    }
    expect(answers).toEqual(['one!', 'two!'])
  })

  test('a refusal keeps code, message, fields and details', async () => {
    const error = await refusal(client.fail({ how: 'refusal' }))
    expect(error).toMatchObject({
      code: 'billing.period_not_ended',
      kind: 'failed_precondition',
      message: 'the period has not ended',
      fields: [{ field: 'prices[0].unit_amount', message: 'is too early' }],
      details: { period_end: '2026-03-01' },
    })
  })

  test('a bug says nothing; its log line carries the request id that the caller got', async () => {
    const error = await refusal(client.fail({ how: 'bug' }))
    expect(error).toMatchObject({ code: 'platform.internal', message: 'internal error' })
    expect(JSON.stringify([error.fields, error.details])).not.toContain('secret')
    const line = JSON.parse(things.lines.at(-1) ?? '{}')
    expect(line).toMatchObject({ level: 'error', method: 'Fail', err: { type: 'TypeError' } })
    expect(error.details.request_id).toBe(line.requestId)
  })

  test('a stream fails after what it sent', async () => {
    let received = 0
    const error = await refusal(
      (async () => {
        for await (const _ of client.failLate({ how: 'refusal' })) received++
      })(),
    )
    expect(received).toBe(1)
    expect(error).toMatchObject({ code: 'billing.period_not_ended' })
    expect(error.details).toEqual({ period_end: '2026-03-01' })
  })

  test('a deadline ends a unary call for the caller and for the method', async () => {
    await untilEnded(things.events, async (timeoutMs) => {
      const error = await refusal(client.wait({}, { timeoutMs }))
      expect(error).toMatchObject({ code: 'request.deadline_exceeded', kind: 'deadline_exceeded' })
    })
  })

  test('a deadline ends a stream', async () => {
    await untilEnded(things.events, async (timeoutMs) => {
      const error = await refusal(collect(client.waitAndStream({}, { timeoutMs })))
      expect(error.code).toBe('request.deadline_exceeded')
    })
  })

  test('a signal cancels', async () => {
    await untilEnded(things.events, async (delayMs) => {
      const controller = new AbortController()
      setTimeout(() => controller.abort(), delayMs)
      const error = await refusal(client.wait({}, { signal: controller.signal }))
      expect(error.code).toBe('request.canceled')
    })
  })

  test('nothing starts for a caller who has already left', async () => {
    const before = things.events.length
    const signal = AbortSignal.abort()
    expect((await refusal(client.wait({}, { signal }))).code).toBe('request.canceled')
    const streamed = collect(client.waitAndStream({}, { signal }))
    expect((await refusal(streamed)).code).toBe('request.canceled')
    await client.echo({ text: '' })
    expect(things.events.length).toBe(before)
  })

  test('a signal cancels a stream that the caller reads', async () => {
    const before = things.events.length
    const controller = new AbortController()
    const reading = (async () => {
      for await (const _ of client.waitAndStream({}, { signal: controller.signal })) {
        controller.abort()
      }
    })()
    expect((await refusal(reading)).code).toBe('request.canceled')
    await until(() => things.events.length > before)
  })

  test('the principal and the request id travel, options stay reusable', async () => {
    const options = asService('billing', 'acme', { permissions: ['a.b.c'] })
    const first = await client.whoAmI({}, options)
    const second = await client.whoAmI({}, options)
    expect(first).toMatchObject({ kind: 'service', id: 'billing', tenant: 'acme' })
    expect(first.permissions).toEqual(['a.b.c'])
    expect(first.requestId).toMatch(/^req_[0-9a-z]{26}$/)
    expect(second.requestId).not.toBe(first.requestId)
    const own = await client.whoAmI({}, asService('billing', 'acme', { requestId: 'req_mine' }))
    expect(own.requestId).toBe('req_mine')
    expect(await client.whoAmI({})).toMatchObject({ kind: 'anonymous', protocol: name })
  })

  test('forward passes on principal, request id and deadline', async () => {
    const options = asService('outer', 'acme', { requestId: 'req_outer' })
    expect((await client.relay({ what: 'who' }, options)).who).toMatchObject({
      id: 'outer',
      requestId: 'req_outer',
    })
    await untilEnded(things.events, async (timeoutMs) => {
      const late = await refusal(client.relay({ what: 'wait' }, { ...options, timeoutMs }))
      expect(late.code).toBe('request.deadline_exceeded')
    })
  })

  test('asService speaks for the service but keeps the request id', async () => {
    const options = asService('outer', 'other', { requestId: 'req_outer' })
    expect((await client.relay({ what: 'service' }, options)).who).toMatchObject({
      id: 'relay',
      tenant: 'acme',
      requestId: 'req_outer',
    })
  })

  test.each([
    ['no credentials', undefined, 'auth.missing_credentials'],
    ['the permission', ['testing.things.read'], undefined],
    ['the resource wildcard', ['testing.things.*'], undefined],
    ['the service wildcard', ['testing.*'], undefined],
    ['everything', ['*'], undefined],
    ['another permission', ['testing.things.write'], 'auth.permission_denied'],
    ['a longer name', ['testing.things.read.more'], 'auth.permission_denied'],
    ['a prefix without wildcard', ['testing.things', 'testing'], 'auth.permission_denied'],
    ['nothing', [], 'auth.permission_denied'],
  ])('permission: %s', async (_case, permissions, expected) => {
    const options = permissions ? asService('x', 'acme', { permissions }) : {}
    const call = client.readThing({ tenant: 'acme' }, options)
    if (expected === undefined) expect((await call).tenant).toBe('acme')
    else expect((await refusal(call)).code).toBe(expected)
    const streamed = collect(client.countThings({ tenant: 'acme', upTo: 1 }, options))
    if (expected === undefined) expect(await streamed).toHaveLength(1)
    else expect((await refusal(streamed)).code).toBe(expected)
  })

  test.each([
    ['its own tenant', 'acme', 'acme', undefined],
    ['another tenant', 'other', 'acme', 'resource.not_found'],
    ['every tenant', '*', 'acme', undefined],
    ['no tenant, own', 'acme', '', 'request.invalid'],
    ['no tenant, every', '*', '', 'request.invalid'],
    ['a tenant named by nobody', '', '', 'request.invalid'],
  ])('tenant: %s', async (_case, held, asked, expected) => {
    for (const call of [client.readThing, client.repairThing]) {
      const answer = call({ tenant: asked }, asService('x', held))
      if (expected === undefined) expect((await answer).tenant).toBe(asked)
      else expect((await refusal(answer)).code).toBe(expected)
    }
  })

  test('an internal method takes services alone', async () => {
    const error = await refusal(client.repairThing({ tenant: 'acme' }))
    expect(error.code).toBe('auth.missing_credentials')
    for (const kind of ['user', 'api_key'] as const) {
      const values = callValues({ kind, id: 'u', tenant: 'acme', permissions: ['*'] }, '')
      const denied = await refusal(
        client.repairThing({ tenant: 'acme' }, { contextValues: values }),
      )
      expect(denied.code).toBe('auth.permission_denied')
    }
  })

  test('"every tenant" is for services: a user with tenant * reaches nothing', async () => {
    const contextValues = callValues({ kind: 'user', id: 'u', tenant: '*', permissions: ['*'] }, '')
    const error = await refusal(client.readThing({ tenant: 'acme' }, { contextValues }))
    expect(error.code).toBe('resource.not_found')
  })

  test('permission comes before validation, validation before the method', async () => {
    const denied = asService('x', 'acme', { permissions: [] })
    const bad = { tenant: 'acme', upTo: 2000 }
    expect((await refusal(collect(client.countThings(bad, denied)))).code).toBe(
      'auth.permission_denied',
    )
    const before = things.events.length
    const error = await refusal(collect(client.countThings(bad, acme)))
    expect(error.fields).toEqual([{ field: 'up_to', message: 'must be at most 1000' }])
    expect(things.events.length).toBe(before)
  })

  test('all violations arrive with their paths', async () => {
    const error = await refusal(
      client.check({
        shortText: 'abcd',
        tags: ['a'],
        prices: [{ tiers: [{ unitAmount: '1' }, { unitAmount: '1e5' }] }],
      }),
    )
    expect(error.code).toBe('request.invalid')
    expect(error.fields.map(({ field }) => field)).toEqual([
      'short_text',
      'prices[0].tiers[1].unit_amount',
    ])
  })

  test('calls are measured by method and code', async () => {
    await client.echo({ text: '' })
    const text = await things.metrics.text()
    const ok =
      'rpc_server_duration_seconds_count{service="purser.testing.v1.ThingService",method="Echo"'
    expect(text).toContain(`${ok},code="ok"}`)
    expect(text).toMatch(/method="Fail",code="billing.period_not_ended"\} [1-9]/)
    expect(text).toMatch(/method="CountThings",code="ok"\} [1-9]/)
  })
})

test('in process, context values reach the method and its own stay with it', async () => {
  const things = await openThings('direct')
  const key = createContextKey('unset')
  const contextValues = createContextValues().set(key, 'mine')
  const answer = await things.client.whoAmI({}, { contextValues })
  expect(answer).toMatchObject({ protocol: 'direct', kind: 'anonymous' })
  expect(contextValues.get(key)).toBe('mine')
  expect(Object.getOwnPropertySymbols(contextValues)).toEqual([key.id])
  await things.close()
})

test('a method that nobody hosts is unimplemented in both ways', async () => {
  const things = await openThings('direct')
  const remote = await openThings('connect')
  for (const transport of [things.transport, remote.transport]) {
    const client = createClient(UndeclaredService, transport)
    expect((await refusal(client.forgotten({ text: '' }))).code).toBe('request.method_not_allowed')
  }
  await Promise.all([things.close(), remote.close()])
})

test('a lost server is unavailable', async () => {
  const things = await openThings('connect')
  await things.server.close({ timeoutMs: 0 })
  expect((await refusal(things.client.echo({ text: '' }))).code).toBe('platform.unavailable')
})

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  return Array.fromAsync(items)
}

async function* stream<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items
}

async function refusal(call: Promise<unknown>): Promise<PurserError> {
  const error = await call.then(
    () => 'no error',
    (reason: unknown) => reason,
  )
  if (isPurserError(error)) return error
  throw new Error(`expected a PurserError, got ${error}`)
}

/**
 * Lets a call be given up after a while until the method that it waits for has ended with it. On a busy machine the
 * first ones may be given up before they reach the method, which then does not begin: so each is given longer.
 */
async function untilEnded(
  events: readonly unknown[],
  giveUpAfter: (ms: number) => Promise<void>,
): Promise<void> {
  const before = events.length
  for (let ms = 30; events.length === before; ms *= 4) {
    await giveUpAfter(ms)
    for (let looks = 0; looks < 100 && events.length === before; looks += 1) await sleep(5)
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5)
}
