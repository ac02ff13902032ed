import { Purser, PurserProblem } from '@purser/sdk'
import { startTestRedis, type TestRedis } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PlatformBed, startPlatformProcess } from './platform-bed.ts'

let redis: TestRedis
let bed: PlatformBed
beforeAll(async () => {
  redis = await startTestRedis()
  bed = await startPlatformProcess({ METERING_COUNTERS: 'redis', REDIS_URL: redis.url })
})
afterAll(async () => {
  await bed.stop()
  await redis[Symbol.asyncDispose]()
})

test('a limiter of a service that counts in Redis admits exactly the limit, and says why it asks', async () => {
  await bed.entitle('ann', 'calls', [{ limit_key: 'm', quantity: 50, window: 'month' }])
  const purser = new Purser(bed.connection)
  const told: unknown[] = []
  const limiter = purser.limiter({ onLeasesRefused: (reason) => told.push(reason) })
  const decisions = await Promise.all(
    Array.from({ length: 80 }, () => limiter.consume('ann', 'calls')),
  )
  const admitted = decisions.filter((decision) => decision.allowed)
  expect(admitted).toHaveLength(50)
  expect(admitted.every((decision) => decision.by === 'service')).toBe(true)
  expect(await bed.recorded('ann', 'calls')).toBe(50)
  expect(told).toHaveLength(1)
  expect(told[0]).toBeInstanceOf(PurserProblem)
  expect(told[0]).toMatchObject({ code: 'metering.holds_unavailable' })
  expect(await purser.close()).toEqual({ events: 0, units: 0 })
})
