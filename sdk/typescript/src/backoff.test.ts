import { expect, test } from 'vitest'
import { backoffMs, mayPass, retryAfterMs } from './backoff.ts'

test('pauses double from 50 ms to 30 s, by chance down to nothing', () => {
  expect([2, 3, 4, 11, 12, 99].map((attempt) => backoffMs(attempt, 1))).toEqual([
    50, 100, 200, 25_600, 30_000, 30_000,
  ])
  expect(backoffMs(4, 0)).toBe(0)
})

test('a limit is a decision; a 500 is a mistake', () => {
  expect(mayPass(429, 'request.rate_limited')).toBe(true)
  expect(mayPass(429, 'metering.limit_exceeded')).toBe(false)
  expect(mayPass(503, 'metering.overloaded')).toBe(true)
  expect(mayPass(500, 'platform.internal')).toBe(false)
  expect(mayPass(409, 'metering.hold_not_open')).toBe(false)
})

test('Retry-After is seconds or a date', () => {
  const now = Date.parse('2026-02-03T04:05:06Z')
  expect(retryAfterMs('7', now)).toBe(7_000)
  expect(retryAfterMs('Tue, 03 Feb 2026 04:05:16 GMT', now)).toBe(10_000)
  expect(retryAfterMs('Tue, 03 Feb 2026 04:05:00 GMT', now)).toBe(0)
  expect([retryAfterMs(null, now), retryAfterMs('soon', now)]).toEqual([undefined, undefined])
})
