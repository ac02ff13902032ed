import { currencyExponent, type Decimal, majorUnits, type Money } from '@purser/kernel'

/** A minus as wide as a digit, so that columns of amounts stay aligned. */
const MINUS = '\u2212'

/** An exact decimal for people: `1,234.5`; at least `minDecimals` decimals, all that there are. */
export function printDecimal(value: Decimal, minDecimals = 0): string {
  const [integer = '', fraction = ''] = value.abs().toString().split('.')
  const decimals = fraction.padEnd(minDecimals, '0')
  const digits = `${groupDigits(integer)}${decimals === '' ? '' : `.${decimals}`}`
  return value.isNegative() ? `${MINUS}${digits}` : digits
}

/** An amount without its currency: `1,234.50`. */
export function printAmount(money: Money): string {
  return printDecimal(majorUnits(money), currencyExponent(money.currency))
}

/** An amount with its currency: `USD 1,234.50`. */
export function printMoney(money: Money): string {
  return `${money.currency} ${printAmount(money)}`
}

function groupDigits(integer: string): string {
  return integer.replace(/\B(?=(?:\d{3})+$)/g, ',')
}
