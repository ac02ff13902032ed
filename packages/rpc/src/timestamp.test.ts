import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromProtoTimestamp, toProtoTimestamp } from './timestamp.ts'

test('nanoseconds count forward from the second, before 1970 too', () => {
  const instant = Temporal.Instant.from('1969-12-31T23:59:59.75Z')
  expect(toProtoTimestamp(instant)).toMatchObject({ seconds: -1n, nanos: 750_000_000 })
})

test('an instant survives the round trip to the microsecond, and never moves forward', () => {
  const nanoseconds = fc.bigInt({
    min: -62_135_596_800n * 10n ** 9n,
    max: 253_402_300_800n * 10n ** 9n - 1n,
  })
  fc.assert(
    fc.property(nanoseconds, (epoch) => {
      const timestamp = toProtoTimestamp(Temporal.Instant.fromEpochNanoseconds(epoch))
      expect(timestamp.nanos).toBeGreaterThanOrEqual(0)
      expect(timestamp.nanos).toBeLessThan(1_000_000_000)
      const lost = epoch - fromProtoTimestamp(timestamp).epochNanoseconds
      expect(lost).toBe(((epoch % 1_000n) + 1_000n) % 1_000n)
    }),
  )
})
