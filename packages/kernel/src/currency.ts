import currencyCodes from 'currency-codes'
import { PurserError } from './error.ts'

// ISO 4217 lists these without a minor unit (precious metals, bond units, testing, "no currency").
const withoutMinorUnit = new Set('XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX'.split(' '))

// The runtime's locale data names other exponents for HUF, IDR, IQD and more; ISO 4217 alone decides.
const exponents: ReadonlyMap<string, number> = new Map(
  currencyCodes.data
    .filter((record) => !withoutMinorUnit.has(record.code))
    .map((record) => [record.code, record.digits]),
)

/** Whether `code` is an ISO 4217 currency with a minor unit, in capitals: `USD`, not `usd` or `XAU`. */
export function isCurrency(code: string): boolean {
  return exponents.has(code)
}

/**
 * Decimals of the currency's minor unit by ISO 4217 (list one): 2 for USD, 0 for JPY, 3 for KWD.
 * Throws `request.unknown_currency`.
 */
export function currencyExponent(code: string): number {
  const exponent = exponents.get(code)
  if (exponent === undefined) {
    throw new PurserError(
      'request.unknown_currency',
      'expected the code of an ISO 4217 currency in capitals, such as "USD"',
    )
  }
  return exponent
}
