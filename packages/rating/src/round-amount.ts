import { currencyExponent, type Decimal } from '@purser/kernel'
import type { RatingPolicy } from './policy.ts'

/**
 * An exact amount of major units as minor units of `currency`, settled by the policy: 19.995 USD is 2000n.
 * The only place where rated money is rounded, once per line. Throws `request.unknown_currency`.
 */
export function roundAmount(
  amount: Decimal,
  currency: string,
  policy: Pick<RatingPolicy, 'rounding'>,
): bigint {
  return amount.toMinor(currencyExponent(currency), policy.rounding)
}

/**
 * The subtotal of an invoice in minor units: each line is rounded, the subtotal is their sum, so that the
 * printed lines add up (conformance policy `subtotal:sum_of_rounded_lines`). Throws `request.unknown_currency`.
 */
export function subtotalMinor(
  lineAmounts: readonly Decimal[],
  currency: string,
  policy: Pick<RatingPolicy, 'rounding' | 'subtotal'>,
): bigint {
  return lineAmounts.reduce((sum, amount) => sum + roundAmount(amount, currency, policy), 0n)
}
