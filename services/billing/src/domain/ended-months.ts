import { assert, monthPeriod, type Period, parseMonth, PurserError } from '@purser/kernel'
import { lastWholeMonth, periodToBill } from './run.ts'

/** Months that are looked at when nobody names the first: whoever moves in brings years that were billed elsewhere. */
const DEFAULT_MONTHS = 12

/** Most months of one question. */
const MAX_MONTHS = 120

/** A month that can be billed; its run bills what ends in (start, end] of the window. */
export type EndedMonth = { period: string; window: Period }

/**
 * The months from `from` up to the last whole one, oldest first, without a gap; 12 when `from` is left out. Throws
 * `billing.period_not_ended`, and `request.invalid` for more than 120.
 */
export function endedMonths(
  from: string | undefined,
  timeZone: string,
  now: Temporal.Instant,
): EndedMonth[] {
  const last = parseMonth(lastWholeMonth(timeZone, now))
  const first =
    from === undefined
      ? last.subtract({ months: DEFAULT_MONTHS - 1 })
      : parseMonth(periodToBill(from, timeZone, now).period)
  const count = first.until(last, { largestUnit: 'months' }).months + 1
  if (count > MAX_MONTHS) throw tooManyMonths(last)
  return Array.from({ length: count }, (_, months) => {
    const period = first.add({ months }).toString()
    return { period, window: monthPeriod(period, timeZone) }
  })
}

/** All that ends in one of the months, which follow each other. */
export function windowOf(months: readonly EndedMonth[]): Period {
  const [first, last] = [months[0], months.at(-1)]
  assert(first && last, 'there is a month')
  return { start: first.window.start, end: last.window.end }
}

/** Position of the month whose run bills a period that ends at `end`, which lies in the window of the months. */
export function monthOf(months: readonly EndedMonth[], end: Temporal.Instant): number {
  const index = months.findIndex(({ window }) => Temporal.Instant.compare(end, window.end) <= 0)
  assert(index >= 0, 'the period ends in one of the months')
  return index
}

function tooManyMonths(last: Temporal.PlainYearMonth): PurserError {
  const earliest = last.subtract({ months: MAX_MONTHS - 1 })
  return new PurserError('request.invalid', `At most ${MAX_MONTHS} months are looked at.`, {
    fields: [{ field: 'from_period', message: `must be ${earliest} or later` }],
  })
}
