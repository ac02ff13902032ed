/** Leading digits and lengths of the large networks (ISO/IEC 7812; the networks' own pages). */
const NETWORKS: readonly RegExp[] = [
  /^4(\d{12}|\d{15}|\d{18})$/, // Visa
  /^(5[1-5]\d{14}|2(22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12})$/, // Mastercard
  /^3[47]\d{13}$/, // American Express
  /^3(0[0-5]|[689]\d)\d{11,16}$/, // Diners Club
  /^(6011|64[4-9]\d|65\d\d)\d{12,15}$/, // Discover
  /^35(2[89]|[3-8]\d)\d{12,15}$/, // JCB
  /^62\d{14,17}$/, // UnionPay
  /^(50|5[6-9]|6\d)\d{11,17}$/, // Maestro
]

/** Runs of 13 to 19 digits, in groups or not, with no digit before or after. */
const RUN = /(?<!\d)\d(?:[ .\u00a0-]?\d){12,18}(?!\d)/g

/**
 * Whether a text holds what reads as the number of a payment card: 13 to 19 digits, grouped or not,
 * that begin as a network's do and pass the Luhn check (ISO/IEC 7812-1, annex B).
 */
export function holdsCardNumber(text: string): boolean {
  if (text.length < 13) return false
  for (const [run] of text.normalize('NFKC').matchAll(RUN)) {
    const digits = run.replaceAll(/\D/g, '')
    if (passesLuhn(digits) && NETWORKS.some((network) => network.test(digits))) return true
  }
  return false
}

function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits[digits.length - 1 - index])
    const doubled = index % 2 === 0 ? digit : digit * 2
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}
