import { expect, test } from 'vitest'
import { backOff } from './back-off.ts'

test('each pause is twice the one before, up to an hour, for good', () => {
  const now = Temporal.Instant.from('2026-02-15T12:00:00.000000500Z')
  const seconds = [0, 1, 2, 9, 10, 11, 12, 1_000, 1_000_000].map((count) =>
    now.until(backOff(now, count)).total('seconds'),
  )
  const expected = [2, 4, 8, 1_024, 2_048, 3_600, 3_600, 3_600, 3_600]
  expect(seconds.map(Math.floor)).toEqual(expected)
  expect(backOff(now, 0).epochNanoseconds % 1_000n).toBe(0n)
})
