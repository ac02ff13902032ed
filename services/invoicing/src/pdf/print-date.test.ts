import { expect, test } from 'vitest'
import { printDate, printPeriod } from './print-date.ts'

function period(start: string, end: string) {
  return { start: Temporal.Instant.from(start), end: Temporal.Instant.from(end) }
}

test.each([
  ['2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z', 'UTC', '1 – 28 Feb 2026'],
  ['2026-01-31T23:00:00Z', '2026-02-28T23:00:00Z', 'Europe/Warsaw', '1 – 28 Feb 2026'],
  ['2026-02-15T00:00:00Z', '2026-03-15T00:00:00Z', 'UTC', '15 Feb – 14 Mar 2026'],
  ['2025-12-15T00:00:00Z', '2026-01-15T00:00:00Z', 'UTC', '15 Dec 2025 – 14 Jan 2026'],
  ['2026-02-01T00:00:00Z', '2026-02-02T00:00:00Z', 'UTC', '1 Feb 2026'],
  ['2025-02-01T00:00:00Z', '2026-02-01T00:00:00Z', 'UTC', '1 Feb 2025 – 31 Jan 2026'],
])('%s to %s in %s', (start, end, timeZone, printed) => {
  expect(printPeriod(period(start, end), timeZone)).toBe(printed)
})

test('a day is the day of the time zone', () => {
  const instant = Temporal.Instant.from('2026-02-28T23:30:00Z')
  expect(printDate(instant, 'UTC')).toBe('28 Feb 2026')
  expect(printDate(instant, 'Europe/Warsaw')).toBe('1 Mar 2026')
})
