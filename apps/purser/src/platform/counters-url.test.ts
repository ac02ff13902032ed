import { expect, test } from 'vitest'
import { loadPlatformConfig } from './config.ts'
import { countersUrlOf } from './counters-url.ts'

const urlIn = (env: Record<string, string>) =>
  countersUrlOf(loadPlatformConfig({ env, cwd: '/' }).config)

test('limits are counted in Postgres unless Redis is asked for', () => {
  const url = 'redis://cache.example:6379'
  expect(urlIn({})).toBeUndefined()
  expect(urlIn({ REDIS_URL: url })).toBeUndefined()
  expect(urlIn({ METERING_COUNTERS: 'redis', REDIS_URL: url })).toBe(url)
})

test('a Redis that is not named, and counters that are not known, are one clear line', () => {
  expect(() => urlIn({ METERING_COUNTERS: 'redis' })).toThrow('REDIS_URL is not set')
  expect(() => urlIn({ METERING_COUNTERS: 'memory' })).toThrow(
    /METERING_COUNTERS.*postgres or redis/,
  )
})
