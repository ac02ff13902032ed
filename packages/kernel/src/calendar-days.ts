import type { Period } from './period.ts'

/**
 * Local calendar days from `period.start` to `period.end` in `timeZone`: the difference of the two local
 * dates, whatever the length of the days between (summer time). The day of the end is not counted.
 */
export function calendarDays(period: Period, timeZone: string): number {
  const first = localDate(period.start, timeZone)
  return first.until(localDate(period.end, timeZone), { largestUnit: 'days' }).days
}

/** The date on the wall at `instant` in `timeZone`. */
export function localDate(instant: Temporal.Instant, timeZone: string): Temporal.PlainDate {
  return instant.toZonedDateTimeISO(timeZone).toPlainDate()
}
