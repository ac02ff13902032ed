export { allEnded } from './all-ended.ts'
export { allocate } from './allocate.ts'
export { AssertionError, assert, unreachable } from './assert.ts'
export { backOff } from './back-off.ts'
export {
  type BillingAnchor,
  billingPeriod,
  billingPeriodsEndingIn,
  wholeBillingPeriod,
} from './billing-period.ts'
export { calendarDays, localDate } from './calendar-days.ts'
export { type Clock, type ClockScope, fixedClock, systemClock } from './clock.ts'
export { currencyExponent, isCurrency } from './currency.ts'
export { Decimal } from './decimal.ts'
export { normalRegion, requireCountry, requireRegion } from './destination.ts'
export type { Dimensions } from './dimensions.ts'
export {
  type FieldViolation,
  isPurserError,
  PurserError,
  type PurserErrorOptions,
} from './error.ts'
export { type ErrorCode, type ErrorKind, errorKinds } from './error-codes.ts'
export { type IdPrefix, newId } from './id.ts'
export { addMoney, formatMoney, type Money, majorUnits } from './money.ts'
export { isResourceId, isSlug, resourceIdPattern, slugPattern } from './name-pattern.ts'
export { onceEach } from './once-each.ts'
export { monthPeriod, type Period, parseMonth, periodContains, startOfDay } from './period.ts'
export { divideRounded, type RoundingMode, roundingModes } from './rounding.ts'
export { compareText } from './text-order.ts'
export { isTimeZone, requireTimeZone } from './time-zone.ts'
