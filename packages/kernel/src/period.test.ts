import { describe, expect, test } from 'vitest'
import { calendarDays } from './calendar-days.ts'
import { isPurserError } from './error.ts'
import { monthPeriod, parseMonth, periodContains, startOfDay } from './period.ts'
import { isTimeZone } from './time-zone.ts'

const at = (text: string) => Temporal.Instant.from(text)

function codeOf(work: () => unknown): string | undefined {
  try {
    work()
  } catch (error) {
    return isPurserError(error) ? error.code : String(error)
  }
  return undefined
}

describe('months in a zone', () => {
  test('begin and end at the local midnight, through summer time', () => {
    const march = monthPeriod('2026-03', 'America/New_York')
    expect(march.start.toString()).toBe('2026-03-01T05:00:00Z')
    expect(march.end.toString()).toBe('2026-04-01T04:00:00Z')
  })

  test('a day that has no midnight begins at its first instant', () => {
    // In Cairo summer time begins at midnight: 25 April 2025 starts at 01:00 local time.
    const first = startOfDay(Temporal.PlainDate.from('2025-04-25'), 'Africa/Cairo')
    expect(first.toString()).toBe('2025-04-24T22:00:00Z')
  })

  test('tile the year', () => {
    const months = Array.from({ length: 12 }, (_, i) => `2026-${String(i + 1).padStart(2, '0')}`)
    const periods = months.map((month) => monthPeriod(month, 'Europe/Paris'))
    const starts = periods.slice(1).map(({ start }) => String(start))
    expect(starts).toEqual(periods.slice(0, -1).map(({ end }) => String(end)))
  })

  test.each(['2026-13', '2026-00', '2026-1', '26-01', '2026-01-01', ' 2026-01', '+002026-01', ''])(
    'refuses the month %j',
    (month) => {
      expect(codeOf(() => parseMonth(month))).toBe('request.invalid')
    },
  )
})

describe('time zones', () => {
  test.each(['UTC', 'Europe/Paris', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'])(
    '%s',
    (zone) => {
      expect(isTimeZone(zone)).toBe(true)
    },
  )

  test.each(['', '+02:00', 'Mars/Olympus', 'Europe/Paris; drop', '../etc', 'A'.repeat(5_000)])(
    'refuses %j',
    (zone) => {
      expect(isTimeZone(zone)).toBe(false)
      expect(codeOf(() => monthPeriod('2026-01', zone))).toBe('request.unknown_time_zone')
    },
  )
})

test('the start belongs to the period, the end to the next', () => {
  const period = monthPeriod('2026-01', 'UTC')
  expect(periodContains(period, period.start)).toBe(true)
  expect(periodContains(period, at('2026-01-31T23:59:59.999999999Z'))).toBe(true)
  expect(periodContains(period, period.end)).toBe(false)
})

test('calendar days count local dates, whatever the length of the day', () => {
  const autumn = { start: at('2024-11-02T00:00:00Z'), end: at('2024-11-04T00:00:00Z') }
  expect(calendarDays(autumn, 'America/New_York')).toBe(2)
  // 24 hours that touch three local dates' midnights once: one day.
  const short = { start: at('2026-03-29T00:30:00Z'), end: at('2026-03-29T23:30:00Z') }
  expect(calendarDays(short, 'Europe/Paris')).toBe(1)
  expect(calendarDays(short, 'UTC')).toBe(0)
})
