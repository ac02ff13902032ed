import { assert, Decimal } from '@purser/kernel'

const prorationScale = 20

/**
 * A recurring amount for part of its period: `amount` times `billableDays` over `periodDays`, both counted in
 * local calendar days. Exact, except where the quotient has no end: then to 20 decimals, so that rounding to a
 * minor unit afterwards is never misled. `periodDays` counts the whole period that the stub belongs to.
 * Sources: conformance model `proration.period_fee`, policy
 * `proration_denominator:days_of_the_calendar_period_containing_the_stub`.
 */
export function prorateByDay(amount: Decimal, billableDays: number, periodDays: number): Decimal {
  assert(Number.isSafeInteger(periodDays) && periodDays > 0, 'a period has at least one day')
  assert(
    Number.isSafeInteger(billableDays) && billableDays >= 0 && billableDays <= periodDays,
    'billable days lie within the period',
  )
  if (billableDays === periodDays) return amount
  return amount
    .times(Decimal.fromBigInt(BigInt(billableDays)))
    .dividedBy(Decimal.fromBigInt(BigInt(periodDays)), prorationScale, 'half_even')
}
