import { LimitWindow } from '@purser/contracts/common/v1/entitlement'
import { createDatabase, type Database } from '@purser/postgres'
import { silentLogger } from '@purser/runtime'
import type { TestRedis } from '@purser/testing'
import type { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { UsageDecider } from '../../src/limits/usage-decider.ts'
import type { UsageAnswer } from '../../src/limits/usage-request.ts'
import { limit, type LimitsBed, openLimits, TENANT } from './limits-bed.ts'

let bed: LimitsBed
let redis: TestRedis
let client: Redis
const nodes: { decider: UsageDecider; close(): Promise<void> }[] = []

beforeAll(async () => {
  bed = await openLimits('redis')
  // The bed has both with counters in Redis.
  redis = bed.redis as TestRedis
  client = bed.redisClient as Redis
  for (let node = 0; node < 3; node += 1) {
    const { adminUrl: url, schema, role, password } = bed
    const database = createDatabase({ url, schema, role, password, log: silentLogger })
    const counters = bed.openCounters(database)
    nodes.push({ decider: new UsageDecider(counters), close: database.close })
  }
})
afterAll(async () => {
  for (const node of nodes) await node.close()
  await bed.close()
})

const EPOCH = `purser:limits:${TENANT}:epoch`

const decide = (node: number, accountId: string, units = 1, id?: string): Promise<UsageAnswer> =>
  (nodes[node % nodes.length] as (typeof nodes)[number]).decider.decide(TENANT, {
    accountId,
    features: [{ featureKey: 'calls', units: BigInt(units) }],
    id,
    propertiesJson: undefined,
    holdSeconds: undefined,
  })

const calls = (quantity: number, more: object = {}) => ({
  featureKey: 'calls',
  limits: [
    limit('monthly', quantity, more),
    limit('hourly', quantity, { window: LimitWindow.ROLLING, windowSeconds: 3_600 }),
  ],
})

/** Asks again until nothing fits any more, and answers the units that were told as admitted. */
async function fill(accountId: string): Promise<number> {
  let admitted = 0
  for (;;) {
    const { verdict } = await decide(admitted, accountId)
    if (verdict !== 'admitted') return admitted
    admitted += 1
  }
}

/** Asks until Redis is found again. */
async function decideSoon(accountId: string, units = 1): Promise<UsageAnswer> {
  for (;;) {
    try {
      return await decide(0, accountId, units)
    } catch (error) {
      expect(error).toMatchObject({ code: 'platform.unavailable' })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

test('flushed again and again under load: never over the limit, and nothing is lost', async () => {
  await bed.entitle('flushed', calls(400))
  let isOver = false
  const flushing = (async () => {
    for (let round = 0; !isOver; round += 1) {
      if (round % 3 === 0) await client.del(EPOCH)
      else await client.flushall()
      await new Promise((resolve) => setTimeout(resolve, 15))
    }
  })()
  let told = 0
  const callers = Array.from({ length: 24 }, async (_, caller) => {
    for (let turn = 0; turn < 30; turn += 1) {
      const id = turn % 2 === 0 ? `flushed-${caller}-${turn}` : undefined
      const answer = await decide(caller, 'flushed', 1, id).catch((error) => {
        // It began anew too often to decide: nothing was recorded.
        expect(error).toMatchObject({ code: 'platform.unavailable' })
      })
      if (answer?.verdict === 'admitted') told += 1
    }
  })
  await Promise.all(callers)
  isOver = true
  await flushing
  expect(told).toBeGreaterThan(0)
  expect(await bed.recorded('flushed')).toBe(BigInt(told))
  told += await fill('flushed')
  expect([told, await bed.recorded('flushed')]).toEqual([400, 400n])
  expect(await bed.counted('flushed', 'hourly')).toBe(400n)
})

test('what was counted before a loss is not recorded after it, but decided again', async () => {
  await bed.entitle('late', calls(10))
  const counted = Promise.withResolvers<void>()
  const records = Promise.withResolvers<void>()
  const slow: Database = {
    ...bed.database,
    alone: async (tenantId, statement, values) => {
      if (statement.name === 'metering.record_admitted') {
        counted.resolve()
        await records.promise
      }
      return await bed.database.alone(tenantId, statement, values)
    },
  }
  nodes.push({ decider: new UsageDecider(bed.openCounters(slow)), close: async () => undefined })
  const late = decide(nodes.length - 1, 'late', 6)
  await counted.promise
  nodes.pop()
  await client.flushall()
  expect((await decide(0, 'late', 10)).verdict).toBe('admitted')
  records.resolve()
  expect((await late).verdict).toBe('refused')
  expect(await bed.recorded('late')).toBe(10n)
})

test('an id that was recorded before a flush is known, and what it asked for again is given back', async () => {
  await bed.entitle('again', calls(2))
  expect((await decide(0, 'again', 1, 'again-1')).verdict).toBe('admitted')
  await client.flushall()
  expect((await decide(0, 'again', 1, 'again-1')).verdict).toBe('repeated')
  expect((await decide(1, 'again', 1, 'again-1')).verdict).toBe('repeated')
  expect((await decide(1, 'again', 2, 'again-1')).verdict).toBe('id_of_other_usage')
  expect([await bed.recorded('again'), await fill('again')]).toEqual([1n, 1])
})

test('while Redis is away nothing is decided or counted; started again it goes on', async () => {
  await bed.entitle('stopped', calls(10))
  await decide(0, 'stopped', 4)
  await redis.kill()
  for (let node = 0; node < 3; node += 1) {
    await expect(decide(node, 'stopped', 1)).rejects.toMatchObject({ code: 'platform.unavailable' })
  }
  const consume = bed.consume('stopped', { calls: 1 })
  await expect(consume).rejects.toMatchObject({ kind: 'unavailable' })
  await redis.start()
  expect((await decideSoon('stopped', 7)).verdict).toBe('refused')
  expect((await decideSoon('stopped', 6)).verdict).toBe('admitted')
  expect(await bed.recorded('stopped')).toBe(10n)
})

test('a Redis that hangs decides nothing, and what it counted meanwhile is not held against anybody', async () => {
  await bed.entitle('hangs', calls(10))
  await decide(0, 'hangs', 4)
  redis.pause()
  const asked = decide(0, 'hangs', 6)
  await expect(asked).rejects.toMatchObject({ code: 'platform.unavailable' })
  redis.resume()
  expect((await decideSoon('hangs', 6)).verdict).toBe('admitted')
  expect(await bed.recorded('hangs')).toBe(10n)
})

test('what another server brings back from a copy is not trusted', async () => {
  await bed.entitle('copied', calls(10))
  await decide(0, 'copied', 2)
  const copy = await Promise.all(
    (await client.keys('*')).map(async (key) => [key, await client.dumpBuffer(key)] as const),
  )
  await decide(0, 'copied', 8)
  await redis.kill()
  await redis.start()
  await expect.poll(() => client.ping().catch(() => '')).toBe('PONG')
  // As a replica that had not heard of the last decisions.
  for (const [key, value] of copy) await client.restore(key, 0, value, 'REPLACE')
  expect((await decideSoon('copied')).verdict).toBe('refused')
  expect(await bed.recorded('copied')).toBe(10n)
})

test('units that a process counted and did not record come back with the next epoch, at the latest', async () => {
  await bed.entitle('died', calls(10))
  for (let node = 0; node < 3; node += 1) await decide(node, 'died', 1)
  await bed.adminQuery('alter function metering.record_admitted rename to away')
  await expect(decide(1, 'died', 5)).rejects.toThrow('record_admitted')
  await bed.adminQuery('alter function metering.away rename to record_admitted')
  // The process that failed is not asked again: the others count what it took.
  expect((await decide(2, 'died', 3)).verdict).toBe('refused')
  await client.del(EPOCH)
  expect((await decide(2, 'died', 7)).verdict).toBe('admitted')
  expect(await bed.recorded('died')).toBe(10n)
})

test('a limit that is new counts from its first decision, also when it was lost since', async () => {
  await bed.entitle('widened', calls(10))
  await decide(0, 'widened', 8)
  const daily = { featureKey: 'calls', limits: [limit('daily', 5, { window: LimitWindow.DAY })] }
  await bed.entitle('widened', daily)
  await decide(0, 'widened', 2)
  await client.flushall()
  expect((await decide(0, 'widened', 4)).verdict).toBe('refused')
  expect((await decide(0, 'widened', 3)).verdict).toBe('admitted')
})

test('keys begin with the tenant, tell no account or id, and end; the epoch alone stays', async () => {
  const account = 'ann@example.com'
  await bed.entitle(account, calls(10))
  await decide(0, account, 1, 'ann@request')
  const keys = await client.keys('*')
  expect(keys.length).toBeGreaterThan(2)
  for (const key of keys) {
    expect(key).toMatch(/^purser:limits:acme:/)
    expect(key).not.toMatch(/ann|@|example|request/)
    const endsMs = await client.pttl(key)
    if (key === EPOCH) expect(endsMs).toBe(-1)
    else expect(endsMs).toBeGreaterThan(0)
  }
})
