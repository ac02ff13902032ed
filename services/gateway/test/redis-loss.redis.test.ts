import { waitFor } from '@purser/testing'
import { describe, expect, test } from 'vitest'
import type { RateLimitStore, Take } from '../src/index.ts'
import { openGateway, reader } from './gateway-harness.ts'
import { connectTo, openRedis, openRedisStore } from './redis-bed.ts'

/** Nothing of it comes back during a test. */
const size = { capacity: 10, refillPerSecond: 1 / 60_000 }

/** How many of so many requests at once were allowed. */
async function burst(store: RateLimitStore, key: string, count = 100): Promise<number> {
  const takes = await Promise.all(Array.from({ length: count }, () => store.take(key, size, 1, 0)))
  return takes.filter(({ allowed }) => allowed).length
}

/** A decision that waits for nobody is no promise. */
const isAtOnce = (take: Take | Promise<Take>) => !(take instanceof Promise)

describe('gateways on one Redis', () => {
  test('share buckets, also after a restart of one', async () => {
    const redis = await openRedis()
    const [one, other] = [await openRedisStore(redis, 2), await openRedisStore(redis, 2)]
    const given = await Promise.all([burst(one.store, 'a'), burst(other.store, 'a')])
    expect((given[0] ?? 0) + (given[1] ?? 0)).toBe(10)
    const restarted = await openRedisStore(redis, 2)
    expect(await burst(restarted.store, 'a')).toBe(0)
  })

  test('leave nothing in it when buckets are full again', async () => {
    const redis = await openRedis()
    const { store } = await openRedisStore(redis)
    await store.take('a', { capacity: 2, refillPerSecond: 50 }, 2, 0)
    const client = connectTo(redis)
    await waitFor(async () => (await client.dbsize()) === 0)
  })

  test('tell nothing of callers but the class and who they are', async () => {
    const redis = await openRedis()
    const { store } = await openRedisStore(redis)
    await store.take('default:user:acme:usr_1', size, 1, 0)
    expect(await connectTo(redis).keys('*')).toEqual(['purser:rate:default:user:acme:usr_1'])
  })
})

type Redis = Awaited<ReturnType<typeof openRedis>>

/** Ways to lose Redis, and to have it back. */
const losses: Record<string, { lose(redis: Redis): unknown; back(redis: Redis): unknown }> = {
  gone: { lose: (redis) => redis.kill(), back: (redis) => redis.start() },
  slow: { lose: (redis) => redis.pause(), back: (redis) => redis.resume() },
  'refusing to run scripts': {
    lose: (redis) => connectTo(redis).acl('SETUSER', 'default', '-evalsha', '-eval'),
    back: (redis) => connectTo(redis).acl('SETUSER', 'default', '+evalsha', '+eval'),
  },
  'out of memory': {
    lose: (redis) => connectTo(redis).config('SET', 'maxmemory', '1'),
    back: (redis) => connectTo(redis).config('SET', 'maxmemory', '0'),
  },
  'forgetting scripts': {
    lose: (redis) => connectTo(redis).script('FLUSH'),
    back: () => undefined,
  },
}

describe.each(Object.entries(losses))('a Redis that is %s', (_name, { lose, back }) => {
  test('leaves each gateway its share, and decides again when it is back', async () => {
    const redis = await openRedis()
    const { store, isShared, lines } = await openRedisStore(redis, 3)
    expect(await isShared()).toBe(true)
    await lose(redis)
    expect(await burst(store, 'a')).toBe(3)
    await back(redis)
    await waitFor(isShared)
    expect(await burst(store, 'b')).toBe(10)
    const told = lines.map((line) => JSON.parse(line).msg)
    expect(told).toContain('rate limits: Redis is lost, counting alone')
    expect(told.at(-1)).toBe('rate limits: Redis decides')
  })
})

test('a loss forgives nobody what this gateway granted before', async () => {
  const redis = await openRedis()
  const { store } = await openRedisStore(redis, 2)
  expect(await burst(store, 'a', 4)).toBe(4)
  await redis.kill()
  expect(await burst(store, 'a')).toBe(1)
})

test('with more gateways than requests each grants one', async () => {
  const redis = await openRedis()
  const { store } = await openRedisStore(redis, 100)
  await redis.kill()
  expect(await burst(store, 'a')).toBe(1)
})

test('a Redis that is away costs no request a wait, and one that hangs costs one', async () => {
  const redis = await openRedis()
  const { store } = await openRedisStore(redis)
  redis.pause()
  expect(isAtOnce(store.take('a', size, 1, 0))).toBe(false)
  await waitFor(() => isAtOnce(store.take('a', size, 0, 0)))
  await redis.kill()
  for (let count = 0; count < 1_000; count++) {
    expect(isAtOnce(store.take('b', size, 1, 0))).toBe(true)
  }
})

test('a gateway that starts without Redis serves, and joins it when it comes', async () => {
  const redis = await openRedis()
  await redis.kill()
  const { store, isShared, lines } = await openRedisStore(redis, 2)
  expect(await burst(store, 'a')).toBe(5)
  expect(lines.join('\n')).toContain('no Redis yet')
  await redis.start()
  await waitFor(isShared)
  expect(await burst(store, 'b')).toBe(10)
})

test('no request fails for the loss, nor passes uncounted', async () => {
  const redis = await openRedis()
  const { store } = await openRedisStore(redis)
  const { ask } = await openGateway({ rateLimits: { default: 50 }, rateLimitStore: store })
  const meters = '/api/v1/tenants/acme/meters'
  const statuses: number[] = []
  const startedMs = performance.now()
  for (const lose of [() => undefined, () => redis.kill()]) {
    await lose()
    const answers = await Promise.all(
      Array.from({ length: 60 }, () => ask(meters, { key: reader })),
    )
    statuses.push(...answers.map(({ status }) => status))
  }
  // A slow machine gives the bucket time to get some of its fifty a minute back.
  const refilled = ((performance.now() - startedMs) / 60_000) * 50
  const granted = statuses.filter((status) => status === 200).length
  expect(granted).toBeGreaterThanOrEqual(50)
  expect(granted).toBeLessThanOrEqual(50 + refilled)
  expect(statuses.filter((status) => status === 429)).toHaveLength(120 - granted)
})
