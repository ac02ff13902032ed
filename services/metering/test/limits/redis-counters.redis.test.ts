import { fixedClock } from '@purser/kernel'
import { MeteringService } from '@purser/contracts/metering/v1/metering'
import { startTestRedis } from '@purser/testing'
import { hostServices } from '@purser/testing'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { AlertSweeper } from '../../src/alerts/alert-sweeper.ts'
import { TouchedUsage } from '../../src/alerts/touched-usage.ts'
import { createMeteringService } from '../../src/index.ts'
import { featuresOf, limit, type LimitsBed, openLimits, TENANT } from './limits-bed.ts'

const NOW = Temporal.Instant.from('2026-02-15T12:00:00Z')
const log = { warn: () => undefined }

let bed: LimitsBed
beforeAll(async () => {
  bed = await openLimits('redis')
})
afterAll(() => bed.close())

const calls = (quantity: number) => ({
  featureKey: 'calls',
  limits: [limit('monthly', quantity)],
})

/** A process of the service on the bed's database; not started yet. */
function openProcess(countersUrl?: string) {
  const service = createMeteringService({
    database: bed.database,
    clock: fixedClock(NOW),
    maxWorkers: 1,
    maxDbJobs: 1,
    log,
    countersUrl,
  })
  const [counters] = service.components
  onTestFinished(() => counters?.stop())
  const client = hostServices(service)(MeteringService)
  const consume = (accountId: string, units: number) =>
    client.consumeUsage(
      { tenant: TENANT, accountId, features: featuresOf({ calls: units }) },
      bed.as,
    )
  return { start: async () => await counters?.start(), consume, client }
}

const url = () => bed.redis?.url ?? ''

test('where an account stands is told from Redis, also to who looks at alerts', async () => {
  await bed.entitle('standing', calls(10))
  await bed.consume('standing', { calls: 4 })
  const asked = { tenant: TENANT, accountId: 'standing' }
  const limits = async () => (await bed.client.listLimits(asked, bed.as)).limits
  expect(await limits()).toMatchObject([{ limitKey: 'monthly', used: 4n, remaining: 6n }])
  await bed.consume('standing', { calls: 5 })
  expect(await limits()).toMatchObject([{ used: 9n, percent: 90 }])

  await bed.entitle('near', calls(10))
  await bed.consume('near', { calls: 8 })
  const touched = new TouchedUsage()
  touched.add(TENANT, 'near', 'calls')
  const { database, counters } = bed
  await new AlertSweeper({ database, touched, counters, log }).lookAtTouched()
  const near = await bed.client.listNearLimits({ tenant: TENANT }, bed.as)
  expect(near.limits.map(({ accountId }) => accountId)).toEqual(['standing', 'near'])
  const told = await bed.adminQuery<{ percent: string }>(
    `select payload ->> 'percent' as percent from metering.outbox
     where subject = 'usage.threshold_reached' and payload ->> 'account_id' = 'near'`,
  )
  expect(told).toEqual([{ percent: '80' }])
})

test('nothing is held: reservations and leases are refused, and count nothing', async () => {
  await bed.entitle('held', calls(10))
  const on = { tenant: TENANT, accountId: 'held' }
  const refusals = [
    bed.client.reserveUsage({ ...on, features: featuresOf({ calls: 1 }) }, bed.as),
    bed.client.borrowUsage({ ...on, featureKey: 'calls', quantity: 1n, leaseId: 'l-1' }, bed.as),
    bed.client.releaseUsage({ tenant: TENANT, reservationId: 'r-1' }, bed.as),
  ]
  for (const refusal of refusals) {
    await expect(refusal).rejects.toMatchObject({ code: 'metering.holds_unavailable' })
  }
  await bed.consume('held', { calls: 10 })
})

test('SQL on the database does not decide, and does not look', async () => {
  await bed.entitle('by-sql', calls(10))
  await bed.consume('by-sql', { calls: 1 })
  for (const name of ['consume', 'check']) {
    const sql = bed.adminQuery(`select * from metering.${name}('${TENANT}', 'by-sql', 'calls', 1)`)
    await expect(sql).rejects.toMatchObject({ code: 'PL410' })
  }
  expect(await bed.recorded('by-sql')).toBe(1n)
})

test('counters move to where the process that started last has them; the others decide nothing', async () => {
  await bed.entitle('moves', calls(10))
  await bed.consume('moves', { calls: 3 })
  const here = openProcess()
  const elsewhere = { code: 'metering.counters_elsewhere' }
  await expect(here.consume('moves', 1)).rejects.toMatchObject(elsewhere)
  await here.start()
  await expect(bed.consume('moves', { calls: 1 })).rejects.toMatchObject(elsewhere)
  await expect(here.consume('moves', 8)).rejects.toMatchObject({ code: 'metering.limit_exceeded' })
  await here.consume('moves', 4)

  const hold = { tenant: TENANT, accountId: 'moves', features: featuresOf({ calls: 1 }) }
  const { reservationId } = await here.client.reserveUsage(hold, bed.as)
  const back = openProcess(url())
  await expect(back.start()).rejects.toMatchObject({ code: 'metering.holds_open' })
  await here.client.releaseUsage({ tenant: TENANT, reservationId }, bed.as)
  await back.start()
  await expect(here.consume('moves', 1)).rejects.toMatchObject(elsewhere)
  await expect(back.consume('moves', 4)).rejects.toMatchObject({ code: 'metering.limit_exceeded' })
  await bed.consume('moves', { calls: 3 })
  expect([await bed.recorded('moves'), await bed.counted('moves', 'monthly')]).toEqual([10n, 10n])
})

test.each([
  [
    'redis://127.0.0.1:1',
    'METERING_COUNTERS=redis: Redis at 127.0.0.1:1 does not count: connect ECONNREFUSED 127.0.0.1:1',
  ],
  [
    'redis://:hunter2@127.0.0.1:1/3',
    'METERING_COUNTERS=redis: Redis at 127.0.0.1:1 does not count: connect ECONNREFUSED 127.0.0.1:1',
  ],
])('the start with %s ends in one line', async (wrong, line) => {
  const failure = await openProcess(wrong)
    .start()
    .catch((error) => error)
  expect(failure).toMatchObject({ code: 'platform.unavailable', message: line })
})

test('a password that is wrong is told, and not shown', async () => {
  await using redis = await startTestRedis()
  const client = new Redis(redis.url)
  onTestFinished(() => client.disconnect())
  await client.config('SET', 'requirepass', 'correct-horse')
  const wrong = redis.url.replace('redis://', 'redis://:battery-staple@')
  const failure = await openProcess(wrong)
    .start()
    .catch((error) => error)
  expect(failure.message).toMatch(
    /^METERING_COUNTERS=redis: Redis at [^ ]+ does not count: WRONGPASS/,
  )
  expect(failure.message).not.toMatch(/battery|horse|\n/)
})

test('a Redis that throws keys away may not count', async () => {
  await using redis = await startTestRedis()
  const client = new Redis(redis.url)
  onTestFinished(() => client.disconnect())
  await client.config('SET', 'maxmemory-policy', 'allkeys-lru')
  await expect(openProcess(redis.url).start()).rejects.toMatchObject({
    code: 'platform.unavailable',
    message: expect.stringContaining('noeviction'),
  })
})
