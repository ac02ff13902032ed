import { calendarDays, Decimal, type Period, startOfDay } from '@purser/kernel'
import { z } from 'zod'
import { prorateByDay } from '../src/proration.ts'
import type { Adapter } from './adapter.ts'
import { date, decimal, instant, optional, readInputs } from './inputs.ts'

/** The period of whole days from `first` to `last`, both included, and its length in days. */
function wholeDays(first: Temporal.PlainDate, last: Temporal.PlainDate): number {
  const period: Period = {
    start: startOfDay(first, 'UTC'),
    end: startOfDay(last.add({ days: 1 }), 'UTC'),
  }
  return calendarDays(period, 'UTC')
}

export const coefficientAdapter: Adapter = ({ inputs }) => {
  const given = readInputs(
    z.strictObject({
      period_start: date,
      period_end_inclusive: date,
      active_from: optional(date),
      active_until: optional(date),
    }),
    inputs,
  )
  const period = wholeDays(given.period_start, given.period_end_inclusive)
  const billable = wholeDays(
    given.active_from ?? given.period_start,
    given.active_until ?? given.period_end_inclusive,
  )
  return {
    coefficient: prorateByDay(Decimal.one, billable, period),
    coefficient_fraction: `${billable}/${period}`,
  }
}

export const periodFeeAdapter: Adapter = ({ inputs }) => {
  const given = readInputs(
    z.strictObject({
      full_period_amount: decimal,
      period_start: date,
      period_end_inclusive: date,
      start: optional(date),
      terminated_on: optional(date),
      // Told for the reader: the period is given, and its fee is the same in advance and in arrears.
      interval: optional(z.string()),
      payment_term: optional(z.string()),
    }),
    inputs,
  )
  const opensInside = given.start && Temporal.PlainDate.compare(given.start, given.period_start) > 0
  const first = opensInside ? given.start : given.period_start
  const last = given.terminated_on ?? given.period_end_inclusive
  const billable = wholeDays(first ?? given.period_start, last)
  const period = wholeDays(given.period_start, given.period_end_inclusive)
  return { amount: prorateByDay(given.full_period_amount, billable, period) }
}

export const calendarDaysAdapter: Adapter = ({ inputs }) => {
  const given = readInputs(
    z.strictObject({ start: instant, end: instant, timezone: z.string() }),
    inputs,
  )
  return { days: calendarDays({ start: given.start, end: given.end }, given.timezone) }
}
