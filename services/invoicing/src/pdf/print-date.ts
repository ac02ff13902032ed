import { localDate, type Period } from '@purser/kernel'

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** The day of an instant in a time zone: `1 Feb 2026`. */
export function printDate(instant: Temporal.Instant, timeZone: string): string {
  return printDay(localDate(instant, timeZone))
}

/** The days of a period, both inclusive: `1 – 28 Feb 2026`, `15 Dec 2025 – 14 Jan 2026`. */
export function printPeriod({ start, end }: Period, timeZone: string): string {
  const first = localDate(start, timeZone)
  const last = localDate(end.subtract({ nanoseconds: 1 }), timeZone)
  if (first.equals(last)) return printDay(last)
  return `${printStart(first, last)} – ${printDay(last)}`
}

/** Without what the last day repeats. */
function printStart(first: Temporal.PlainDate, last: Temporal.PlainDate): string {
  if (first.year !== last.year) return printDay(first)
  return first.month === last.month ? `${first.day}` : `${first.day} ${months[first.month - 1]}`
}

function printDay(date: Temporal.PlainDate): string {
  return `${date.day} ${months[date.month - 1]} ${date.year}`
}
