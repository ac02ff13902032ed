import { assert } from './assert.ts'
import { currencyExponent } from './currency.ts'
import { Decimal } from './decimal.ts'

/** `amountMinor` counts minor units of the ISO 4217 `currency`: 1999n USD is 19.99 dollars. */
export type Money = { amountMinor: bigint; currency: string }

/** The exact sum. Both must be of one currency: adding two currencies is a bug. */
export function addMoney(a: Money, b: Money): Money {
  assert(a.currency === b.currency, () => `cannot add ${b.currency} to ${a.currency}`)
  return { amountMinor: a.amountMinor + b.amountMinor, currency: a.currency }
}

/** The amount in major units: 1999n USD is 19.99. Throws `request.unknown_currency`. */
export function majorUnits({ amountMinor, currency }: Money): Decimal {
  return Decimal.fromBigInt(amountMinor, currencyExponent(currency))
}

/** For people and documents in English: `USD 1,234.50`, `JPY -1,200`. Throws `request.unknown_currency`. */
export function formatMoney(money: Money): string {
  const exponent = currencyExponent(money.currency)
  const [integer = '', fraction] = majorUnits(money).toFixed(exponent, 'down').split('.')
  const grouped = integer.replace(/\B(?=(?:\d{3})+$)/g, ',')
  return `${money.currency} ${grouped}${fraction === undefined ? '' : `.${fraction}`}`
}
