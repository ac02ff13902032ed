import { LimitExceeded, PurserProblem, PurserUnreachable } from '@purser/sdk'
import { describe, expect, test } from 'vitest'
import { problem, scriptedServer } from './scripted-server.ts'

const one = { account_id: 'ann', features: [{ feature_key: 'api', quantity: 2 }] }
const admitted = { body: { repeated: false, features: [{ feature_key: 'api', allowed: true }] } }

describe('a call', () => {
  test('names tenant and key, and bears an id of its own', async () => {
    await using server = await scriptedServer(() => admitted)
    const { usage } = server.purser()
    await usage.consume(one)
    await usage.consume({ ...one, id: 'mine' })
    const [first] = server.asked
    expect(first?.path).toBe('/api/v1/tenants/acme/usage/consume')
    expect(first?.headers).toMatchObject({
      authorization: 'Bearer pk_test',
      'content-type': 'application/json',
    })
    const [made, given] = server.bodies()
    expect(made).toMatchObject({ ...one, id: expect.stringMatching(/^use_[0-9a-f-]{36}$/) })
    expect(given?.['id']).toBe('mine')
  })

  test('is repeated in the same words while that may help', async () => {
    const failures = [
      problem(503, 'platform.overloaded'),
      'cut',
      problem(429, 'request.rate_limited'),
    ] as const
    await using server = await scriptedServer((_, count) => failures[count - 1] ?? admitted)
    const answer = await server.purser().usage.consume(one)
    expect(answer.features[0]?.allowed).toBe(true)
    expect(server.asked).toHaveLength(4)
    expect(new Set(server.asked.map(({ text }) => text)).size).toBe(1)
  })

  test('waits as long as the service asks', async () => {
    const times: number[] = []
    await using server = await scriptedServer((_, count) => {
      times.push(performance.now())
      return count === 1
        ? { ...problem(503, 'metering.overloaded'), headers: { 'retry-after': '1' } }
        : admitted
    })
    await server.purser().usage.consume(one)
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(990)
  })

  test('is not repeated when the service asks for longer than there is time', async () => {
    await using server = await scriptedServer(() => ({
      ...problem(429, 'request.rate_limited'),
      headers: { 'retry-after': '60' },
    }))
    const refused = server.purser({ timeoutMs: 2_000 }).usage.consume(one)
    await expect(refused).rejects.toMatchObject({
      code: 'request.rate_limited',
      retryAfterMs: 60_000,
    })
    expect(server.asked).toHaveLength(1)
  })

  test('throws what was refused, typed', async () => {
    const details = { feature_key: 'api', limit_key: 'rate', limit: '5', remaining: '1' }
    const countdown = { reset_seconds: '30', retry_after_seconds: '12' }
    await using server = await scriptedServer((_, count) =>
      count === 1
        ? problem(429, 'metering.limit_exceeded', { ...details, ...countdown })
        : problem(400, 'request.invalid', { errors: [{ field: 'id', message: 'too long' }] }),
    )
    const { usage } = server.purser()
    const refusal = await usage.consume(one).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(LimitExceeded)
    expect(refusal).toMatchObject({
      code: 'metering.limit_exceeded',
      status: 429,
      featureKey: 'api',
      limitKey: 'rate',
      limit: 5,
      remaining: 1,
      resetSeconds: 30,
      retryAfterSeconds: 12,
    })
    const invalid = await usage.consume(one).catch((error: unknown) => error)
    expect(invalid).toBeInstanceOf(PurserProblem)
    expect(invalid).not.toBeInstanceOf(LimitExceeded)
    expect(invalid).toMatchObject({ fields: [{ field: 'id', message: 'too long' }] })
    expect(server.asked).toHaveLength(2)
  })

  test('does not come again with units that will never fit', async () => {
    const details = { feature_key: 'api', limit_key: 'rate', limit: '5', remaining: '5' }
    await using server = await scriptedServer(() =>
      problem(429, 'metering.limit_exceeded', details),
    )
    const refused = server.purser().usage.consume({ ...one, id: 'mine' })
    await expect(refused).rejects.toMatchObject({
      retryAfterSeconds: undefined,
      retryAfterMs: undefined,
    })
    expect(server.asked).toHaveLength(1)
  })

  test('reads an answer of something else on the way', async () => {
    await using server = await scriptedServer(() => ({
      status: 404,
      body: '<h1>No such site</h1>',
    }))
    await expect(server.purser().usage.consume(one)).rejects.toMatchObject({
      code: 'http.404',
      message: 'HTTP 404: <h1>No such site</h1>',
    })
  })

  test('gives a server that hangs up, asks another time, and then says so', async () => {
    await using server = await scriptedServer(() => 'hang')
    const waiting = server.purser({ timeoutMs: 1_000 }).usage.consume(one)
    await expect(waiting).rejects.toBeInstanceOf(PurserUnreachable)
    expect(server.asked.length).toBeGreaterThanOrEqual(2)
  })

  test('ends with its signal', async () => {
    await using server = await scriptedServer(() => 'hang')
    const controller = new AbortController()
    const waiting = server.purser().usage.consume(one, { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })

  test('reads whole numbers that came as text', async () => {
    const body = {
      repeated: false,
      features: [{ allowed: true, limit: '9223372036854775807', limit_key: '1234567890123456789' }],
    }
    await using server = await scriptedServer(() => ({ body }))
    const { features } = await server.purser().usage.consume(one)
    expect(features[0]).toMatchObject({ limit: 2 ** 63, limit_key: '1234567890123456789' })
  })

  test('reserves under an id that it makes, commits and releases', async () => {
    await using server = await scriptedServer(() => ({ body: { features: [] } }))
    const { usage } = server.purser()
    const { reservation_id } = await usage.reserve(one)
    await usage.commit({ reservation_id, features: [] })
    await usage.release({ reservation_id })
    await usage.check({ account_ids: ['ann'], features: one.features })
    expect(
      server
        .bodies()
        .slice(0, 3)
        .map((body) => body['reservation_id']),
    ).toEqual([reservation_id, reservation_id, reservation_id])
    expect(server.asked.map(({ path }) => path.split('/').at(-1))).toEqual([
      'reserve',
      'commit',
      'release',
      'check',
    ])
  })
})
