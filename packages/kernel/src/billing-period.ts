import { assert } from './assert.ts'
import { type Period, startOfDay } from './period.ts'

/**
 * From what a subscription's periods are counted.
 *
 * `intervalCount` is an integer from 1 to 120: 3 months is a quarter. `alignment`:
 * - `anniversary`: periods begin on the day and wall-clock time of `start`; where a month is too short, on
 *   its last day (31 Jan, 28 Feb, 31 Mar; conformance policy `billing_day_31:clamped_to_month_end`);
 * - `calendar`: periods begin on the first day of a month or year; quarters and other divisors of a year
 *   count from January. The first period is a stub when `start` falls inside one.
 */
export type BillingAnchor = {
  start: Temporal.Instant
  timeZone: string
  interval: 'month' | 'year'
  intervalCount: number
  alignment: 'calendar' | 'anniversary'
}

/**
 * Period number `index`, 0 for the first. Each bound is the anchor plus n intervals, never one bound plus
 * an interval: adding month after month would drift from the 31st to the 28th for good. Periods tile:
 * the end of each is the start of the next.
 */
export function billingPeriod(anchor: BillingAnchor, index: number): Period {
  assert(Number.isInteger(index) && index >= 0, 'a period index is an integer, 0 or more')
  const boundary = boundaries(anchor)
  return { start: index === 0 ? anchor.start : boundary(index), end: boundary(index + 1) }
}

/**
 * The full period that number `index` belongs to: the same as `billingPeriod`, but whole where that one is
 * an opening stub. It is the denominator of the stub's proration (conformance policy
 * `proration_denominator:days_of_the_calendar_period_containing_the_stub`).
 */
export function wholeBillingPeriod(anchor: BillingAnchor, index: number): Period {
  assert(Number.isInteger(index) && index >= 0, 'a period index is an integer, 0 or more')
  const boundary = boundaries(anchor)
  return { start: boundary(index), end: boundary(index + 1) }
}

/**
 * The periods that end inside the window, in order: after `window.start`, up to and including
 * `window.end`. Windows that tile the time line find each period exactly once.
 */
export function billingPeriodsEndingIn(
  anchor: BillingAnchor,
  window: Period,
): { index: number; period: Period }[] {
  const boundary = boundaries(anchor)
  const isAfter = (a: Temporal.Instant, b: Temporal.Instant) => Temporal.Instant.compare(a, b) > 0

  // The bound of this index lies in an earlier month than the window's start, so no period is missed.
  let index = Math.max(0, intervalsBetweenMonths(anchor, window.start) - 1)
  let end = boundary(index + 1)
  while (!isAfter(end, window.start)) end = boundary(++index + 1)

  const found: { index: number; period: Period }[] = []
  let start = index === 0 ? anchor.start : boundary(index)
  while (!isAfter(end, window.end)) {
    found.push({ index, period: { start, end } })
    start = end
    end = boundary(++index + 1)
  }
  return found
}

/** The n-th bound of the anchor's periods; number 0 is at or before the anchor's start. */
function boundaries(anchor: BillingAnchor): (n: number) => Temporal.Instant {
  const months = monthsPerPeriod(anchor)
  const local = anchor.start.toZonedDateTimeISO(anchor.timeZone)
  if (anchor.alignment === 'calendar') {
    const first = firstAlignedMonth(local.toPlainDate(), months)
    return (n) => startOfDay(first.add({ months: n * months }), anchor.timeZone)
  }
  const dateTime = local.toPlainDateTime()
  return (n) =>
    n === 0
      ? anchor.start // Not through local time: at the end of summer time one local time names two instants.
      : dateTime
          .add({ months: n * months })
          .toZonedDateTime(anchor.timeZone)
          .toInstant()
}

/** The first day of the aligned run of `months` that contains `date`. */
function firstAlignedMonth(date: Temporal.PlainDate, months: number): Temporal.PlainDate {
  const monthOfYear = date.month - 1
  const back = months >= 12 ? monthOfYear : 12 % months === 0 ? monthOfYear % months : 0
  return date.with({ day: 1 }).subtract({ months: back })
}

/** Whole intervals from the month of the anchor to the month of `instant`, both on the wall of the zone. */
function intervalsBetweenMonths(anchor: BillingAnchor, instant: Temporal.Instant): number {
  const from = anchor.start.toZonedDateTimeISO(anchor.timeZone)
  const to = instant.toZonedDateTimeISO(anchor.timeZone)
  const months = (to.year - from.year) * 12 + (to.month - from.month)
  return Math.floor(months / monthsPerPeriod(anchor))
}

function monthsPerPeriod({ interval, intervalCount }: BillingAnchor): number {
  assert(
    Number.isInteger(intervalCount) && intervalCount >= 1 && intervalCount <= 120,
    'an interval count is an integer from 1 to 120',
  )
  return interval === 'year' ? intervalCount * 12 : intervalCount
}
