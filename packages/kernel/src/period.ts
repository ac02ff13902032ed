import { PurserError } from './error.ts'
import { requireTimeZone } from './time-zone.ts'

/** The time from `start` up to but without `end`: periods that share a bound neither overlap nor leave a gap. */
export type Period = { start: Temporal.Instant; end: Temporal.Instant }

/** From 1970 to 2999: what every clock, calendar and database here can tell. */
const monthText = /^(?:19[7-9][0-9]|2[0-9]{3})-(?:0[1-9]|1[0-2])$/

/** Whether `instant` lies in the period: the start belongs to it, the end to the next one. */
export function periodContains(period: Period, instant: Temporal.Instant): boolean {
  return (
    Temporal.Instant.compare(period.start, instant) <= 0 &&
    Temporal.Instant.compare(instant, period.end) < 0
  )
}

/** Reads a month such as `2026-02`. Throws `request.invalid`. */
export function parseMonth(text: string): Temporal.PlainYearMonth {
  if (monthText.test(text)) return Temporal.PlainYearMonth.from(text)
  throw new PurserError('request.invalid', 'expected a month such as "2026-02"')
}

/**
 * The calendar month `2026-02` as it passes in `timeZone`: from the first instant of its first day to the
 * first instant of the next month. Throws `request.invalid` and `request.unknown_time_zone`.
 */
export function monthPeriod(month: string, timeZone: string): Period {
  requireTimeZone(timeZone)
  const first = parseMonth(month).toPlainDate({ day: 1 })
  return { start: startOfDay(first, timeZone), end: startOfDay(first.add({ months: 1 }), timeZone) }
}

/** The first instant of a local day; not always midnight, where summer time begins at midnight. */
export function startOfDay(date: Temporal.PlainDate, timeZone: string): Temporal.Instant {
  return date.toZonedDateTime(timeZone).toInstant()
}
