import fc from 'fast-check'
import { expect, test } from 'vitest'
import { retainBuyerUntil } from './retention.ts'

const instant = fc
  .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => Temporal.Instant.fromEpochMilliseconds(date.getTime()))

test('a buyer is kept for ten whole years after the year of the last invoice', () => {
  fc.assert(
    fc.property(instant, instant, (last, now) => {
      const until = retainBuyerUntil(last, now).toZonedDateTimeISO('UTC')
      expect(until.year).toBe(last.toZonedDateTimeISO('UTC').year + 11)
      expect([until.dayOfYear, until.hour, until.nanosecond]).toEqual([1, 0, 0])
    }),
  )
})

test('a buyer without an invoice is kept for one that may still come', () => {
  const now = Temporal.Instant.from('2026-02-15T12:00:00Z')
  expect(retainBuyerUntil(undefined, now).toString()).toBe('2026-05-16T12:00:00Z')
})
