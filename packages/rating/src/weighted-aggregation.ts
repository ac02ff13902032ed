import { assert, calendarDays, Decimal, type Period } from '@purser/kernel'
import { type AggregationEvent, numericValue } from './aggregation.ts'

const averageScale = 20
const proratedScale = 5

/**
 * The time-weighted average, over the period, of a level that each event moves by its value, and the level at
 * its end. `initialValue` is the level at the start. An event counts from its instant to the period's end; one
 * before the start counts in full, one at or after the end not at all. The order of the events does not matter.
 * The average is settled to 20 decimals. Source: conformance model `aggregation.weighted_sum`.
 */
export function weightedSum(
  events: Iterable<AggregationEvent>,
  period: Period,
  initialValue: Decimal = Decimal.zero,
): { average: Decimal; closingLevel: Decimal } {
  const { start, end } = { start: period.start.epochNanoseconds, end: period.end.epochNanoseconds }
  assert(end > start, 'a period has a length')
  let weighted = initialValue.times(Decimal.fromBigInt(end - start))
  let closingLevel = initialValue
  for (const event of events) {
    const value = numericValue(event)
    const at = event.time.epochNanoseconds
    if (!value || at >= end) continue
    closingLevel = closingLevel.plus(value)
    weighted = weighted.plus(value.times(Decimal.fromBigInt(end - (at > start ? at : start))))
  }
  const length = Decimal.fromBigInt(end - start)
  return { average: weighted.dividedBy(length, averageScale, 'half_even'), closingLevel }
}

/**
 * A quantity carried into the period, in full, plus what each event of the period adds, weighted by the days
 * that remain, its own included, over the days of the period; rounded up at the 5th decimal. Sources:
 * conformance model `aggregation.prorated_sum`, policies `proration_days:end_exclusive`,
 * `prorated_aggregation_rounding:ceil_5`.
 */
export function proratedSum(
  carriedQuantity: Decimal,
  events: Iterable<AggregationEvent>,
  period: Period,
  timeZone: string,
): Decimal {
  const periodDays = wholeNumber(calendarDays(period, timeZone))
  // Summed in value times days and divided once: quotients rounded one by one could push the ceiling up.
  let valueDays = carriedQuantity.times(periodDays)
  for (const event of events) {
    const value = numericValue(event)
    if (!value) continue
    const days = calendarDays({ start: event.time, end: period.end }, timeZone)
    valueDays = valueDays.plus(value.times(wholeNumber(days)))
  }
  return valueDays.dividedBy(periodDays, proratedScale, 'ceiling')
}

/**
 * The items of a period, each weighted by the days it was active (0 to `periodDays`) over the days of the
 * period; rounded up at the 5th decimal. Sources: conformance model `aggregation.prorated_unique_count`,
 * policy `prorated_aggregation_rounding:ceil_5`.
 */
export function proratedUniqueCount(activeDays: readonly number[], periodDays: number): Decimal {
  assert(
    activeDays.every((days) => days >= 0 && days <= periodDays),
    'active days lie within the period',
  )
  const total = activeDays.reduce((sum, days) => sum + days, 0)
  return wholeNumber(total).dividedBy(wholeNumber(periodDays), proratedScale, 'ceiling')
}

function wholeNumber(value: number): Decimal {
  return Decimal.fromBigInt(BigInt(value))
}
