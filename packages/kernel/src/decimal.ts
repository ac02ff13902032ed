import { assert } from './assert.ts'
import { PurserError } from './error.ts'
import { divideRounded, type RoundingMode } from './rounding.ts'

const maxTextLength = 100
const maxScale = 1_000
const plainDecimal = /^-?[0-9]+(?:\.[0-9]+)?$/
const powers = Array.from({ length: 128 }, (_, exponent) => 10n ** BigInt(exponent))

function powerOfTen(exponent: number): bigint {
  return powers[exponent] ?? 10n ** BigInt(exponent)
}

/**
 * An exact decimal number of any size: `coefficient / 10^scale`. Immutable. Addition, subtraction and
 * multiplication never round; `dividedBy`, `round` and `toMinor` round as told, never silently.
 *
 * `1.5` and `1.50` are the same number (`equals`, `compare`, `toString`), though not the same object:
 * compare with the methods. The operators `<`, `>` and `+` throw instead of answering wrongly.
 */
export class Decimal {
  private readonly coefficient: bigint
  private readonly scale: number

  private constructor(coefficient: bigint, scale: number) {
    this.coefficient = coefficient
    this.scale = scale
  }

  static readonly zero: Decimal = new Decimal(0n, 0)
  static readonly one: Decimal = new Decimal(1n, 0)

  /**
   * Reads a plain decimal: an optional `-`, digits, optionally a point and digits; at most 100
   * characters. No exponent (`1e3`), sign `+`, bare point (`.5`, `5.`), blank, NaN or infinity.
   * Throws `request.invalid_decimal`.
   */
  static parse(text: string): Decimal {
    const parsed = Decimal.tryParse(text)
    if (parsed) return parsed
    throw new PurserError(
      'request.invalid_decimal',
      `expected a plain decimal number of at most ${maxTextLength} characters, such as "12.50"`,
    )
  }

  /** As `parse`, but answers undefined instead of throwing. */
  static tryParse(text: string): Decimal | undefined {
    if (text.length > maxTextLength || !plainDecimal.test(text)) return undefined
    const point = text.indexOf('.')
    if (point < 0) return new Decimal(BigInt(text), 0)
    const digits = text.slice(0, point) + text.slice(point + 1)
    return new Decimal(BigInt(digits), text.length - point - 1)
  }

  /** `coefficient / 10^scale`: `fromBigInt(1250n, 2)` is 12.50. `scale` is an integer, 0 to 1,000. */
  static fromBigInt(coefficient: bigint, scale = 0): Decimal {
    assertScale(scale)
    return new Decimal(coefficient, scale)
  }

  /** The exact sum; zero for no values. */
  static sum(values: Iterable<Decimal>): Decimal {
    let total = Decimal.zero
    for (const value of values) total = total.plus(value)
    return total
  }

  static min(a: Decimal, b: Decimal): Decimal {
    return a.compare(b) <= 0 ? a : b
  }

  static max(a: Decimal, b: Decimal): Decimal {
    return a.compare(b) >= 0 ? a : b
  }

  plus(other: Decimal): Decimal {
    if (this.scale === other.scale) {
      return new Decimal(this.coefficient + other.coefficient, this.scale)
    }
    const scale = Math.max(this.scale, other.scale)
    return new Decimal(this.coefficientAt(scale) + other.coefficientAt(scale), scale)
  }

  minus(other: Decimal): Decimal {
    return this.plus(other.negate())
  }

  times(other: Decimal): Decimal {
    return new Decimal(this.coefficient * other.coefficient, this.scale + other.scale)
  }

  negate(): Decimal {
    return new Decimal(-this.coefficient, this.scale)
  }

  abs(): Decimal {
    return this.coefficient < 0n ? this.negate() : this
  }

  /** The quotient with at most `scale` decimals (0 to 1,000). The divisor must not be zero. */
  dividedBy(divisor: Decimal, scale: number, mode: RoundingMode): Decimal {
    assertScale(scale)
    const numerator = this.coefficient * powerOfTen(divisor.scale + scale)
    const denominator = divisor.coefficient * powerOfTen(this.scale)
    return new Decimal(divideRounded(numerator, denominator, mode), scale)
  }

  /** The nearest value with `scale` decimals, -1,000 to 1,000; a negative scale rounds to tens, hundreds. */
  round(scale: number, mode: RoundingMode): Decimal {
    assertScale(Math.abs(scale))
    if (scale >= this.scale) return this
    const rounded = divideRounded(this.coefficient, powerOfTen(this.scale - scale), mode)
    return scale >= 0 ? new Decimal(rounded, scale) : new Decimal(rounded * powerOfTen(-scale), 0)
  }

  /** This amount of major units in minor units of a currency with `exponent` decimals (0 to 1,000). */
  toMinor(exponent: number, mode: RoundingMode): bigint {
    return this.round(exponent, mode).coefficientAt(exponent)
  }

  /** -1, 0 or 1 as this number is less than, equal to or greater than `other`. */
  compare(other: Decimal): -1 | 0 | 1 {
    const scale = Math.max(this.scale, other.scale)
    const a = this.coefficientAt(scale)
    const b = other.coefficientAt(scale)
    return a < b ? -1 : a > b ? 1 : 0
  }

  equals(other: Decimal): boolean {
    return this.compare(other) === 0
  }

  lt(other: Decimal): boolean {
    return this.compare(other) < 0
  }

  lte(other: Decimal): boolean {
    return this.compare(other) <= 0
  }

  gt(other: Decimal): boolean {
    return this.compare(other) > 0
  }

  gte(other: Decimal): boolean {
    return this.compare(other) >= 0
  }

  isZero(): boolean {
    return this.coefficient === 0n
  }

  isNegative(): boolean {
    return this.coefficient < 0n
  }

  sign(): -1 | 0 | 1 {
    return this.coefficient < 0n ? -1 : this.coefficient > 0n ? 1 : 0
  }

  isInteger(): boolean {
    return this.coefficient % powerOfTen(this.scale) === 0n
  }

  /** Whether the number needs no more than these many digits before and after the point. */
  fits(integerDigits: number, fractionDigits: number): boolean {
    const [integer = '', fraction = ''] = this.abs().toString().split('.')
    return (
      (integer === '0' ? 0 : integer.length) <= integerDigits && fraction.length <= fractionDigits
    )
  }

  /** Plain notation, one text per number: `1.5`, `100`, `-0.003`, `0`; no exponent, no trailing zeros. */
  toString(): string {
    if (this.scale === 0) return this.coefficient.toString()
    const negative = this.coefficient < 0n
    const digits = (negative ? -this.coefficient : this.coefficient)
      .toString()
      .padStart(this.scale + 1, '0')
    const point = digits.length - this.scale
    let end = digits.length
    while (end > point && digits.charCodeAt(end - 1) === 48) end--
    const fraction = end > point ? `.${digits.slice(point, end)}` : ''
    return `${negative ? '-' : ''}${digits.slice(0, point)}${fraction}`
  }

  /** With exactly `scale` decimals, for people: `12.50`. Rounds by `mode` when more are present. */
  toFixed(scale: number, mode: RoundingMode): string {
    const digits = this.toMinor(scale, mode)
    const text = (digits < 0n ? -digits : digits).toString().padStart(scale + 1, '0')
    const sign = digits < 0n ? '-' : ''
    if (scale === 0) return sign + text
    return `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`
  }

  /** JSON carries decimals as strings: a JSON number would pass through a float. */
  toJSON(): string {
    return this.toString()
  }

  /** Keeps `a < b` and `a + b` from comparing or joining texts. */
  valueOf(): never {
    throw new TypeError('a Decimal has no primitive value: use compare, plus, toString')
  }

  private coefficientAt(scale: number): bigint {
    return scale === this.scale
      ? this.coefficient
      : this.coefficient * powerOfTen(scale - this.scale)
  }
}

function assertScale(scale: number): void {
  assert(
    Number.isInteger(scale) && scale >= 0 && scale <= maxScale,
    'a scale is an integer 0..1000',
  )
}
