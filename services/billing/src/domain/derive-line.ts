import { currencyExponent, Decimal } from '@purser/kernel'
import {
  lateUsageAdjustment,
  type Price,
  prorateByDay,
  rate,
  type RatingJson,
  type RatingPolicy,
  ratingToJson,
  roundAmount,
} from '@purser/rating'

/**
 * How each kind of invoice line follows from what it is derived from. The billing run and the verification of an
 * invoice both call these functions, with usage from different sources, so they can only agree or
 * reveal a difference in the usage.
 */

/** Price, currency and policy of a line. */
export type LineTerms = { price: Price; currency: string; policy: RatingPolicy }

/** What a line says. `exactAmount` is in major units, unrounded. */
export type DerivedLine = {
  quantity: Decimal
  exactAmount: Decimal
  amountMinor: bigint
  breakdown: RatingJson
}

/** A flat price for `billableDays` of a period of `periodDays`. */
export function deriveFlatLine(
  terms: LineTerms,
  billableDays: number,
  periodDays: number,
): DerivedLine {
  const rating = rate(terms.price, { quantity: Decimal.zero }, terms.policy)
  const exactAmount = prorateByDay(rating.amount, billableDays, periodDays)
  return {
    quantity: Decimal.one,
    exactAmount,
    amountMinor: roundAmount(exactAmount, terms.currency, terms.policy),
    breakdown: ratingToJson(rating),
  }
}

/** Usage of the invoice's own period. */
export function deriveUsageLine(terms: LineTerms, quantity: Decimal): DerivedLine {
  const rating = rate(terms.price, { quantity }, terms.policy)
  return {
    quantity,
    exactAmount: rating.amount,
    amountMinor: roundAmount(rating.amount, terms.currency, terms.policy),
    breakdown: ratingToJson(rating),
  }
}

/** Usage of an earlier period as known now, less what was billed for it before (minor units). */
export function deriveAdjustmentLine(
  terms: LineTerms,
  quantityNow: Decimal,
  billedBeforeMinor: bigint,
): DerivedLine {
  const ratedNow = deriveUsageLine(terms, quantityNow)
  const amountMinor = lateUsageAdjustment({
    ratedNow: ratedNow.amountMinor,
    billedSoFar: billedBeforeMinor,
  })
  return {
    ...ratedNow,
    amountMinor,
    exactAmount: Decimal.fromBigInt(amountMinor, currencyExponent(terms.currency)),
  }
}
