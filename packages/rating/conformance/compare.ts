import { Decimal } from '@purser/kernel'

export type Difference = { path: string; expected: string; got: string }

/**
 * How an outcome compares: `differences` fail the case; `unchecked` names expectations that the adapter does
 * not answer; `roundedAmount` tells that the amount agrees only once rounded to the currency, which the suite
 * allows where its source rounds.
 */
export type Comparison = {
  differences: Difference[]
  unchecked: string[]
  checked: number
  roundedAmount: boolean
}

/** Not outcomes: they say how the others are written. */
const descriptive = new Set(['currency', 'value_rounded_to'])
/** Written in the suite to as many decimals as fit, not exactly. */
const truncated = new Set(['coefficient'])

/** Compares what came out with a case's `expected`; numbers by value, `1.50` being `1.5`. */
export function compareOutcome(
  expected: Readonly<Record<string, unknown>>,
  actual: Readonly<Record<string, unknown>>,
  roundToCurrency: (amount: Decimal) => Decimal,
): Comparison {
  const result: Comparison = { differences: [], unchecked: [], checked: 0, roundedAmount: false }
  for (const [name, want] of Object.entries(expected)) {
    if (descriptive.has(name)) continue
    const got = actual[name]
    if (name === 'amount' && got instanceof Decimal) {
      compareAmount(want, got, roundToCurrency, result)
    } else if (name === 'value' && got instanceof Decimal) {
      compareLeaf(name, want, settled(got, expected.value_rounded_to), result)
    } else if (truncated.has(name) && got instanceof Decimal) {
      compareLeaf(name, want, settled(got, decimalsOf(want)), result)
    } else {
      compareValue(name, want, got, result)
    }
  }
  return result
}

function compareAmount(
  want: unknown,
  got: Decimal,
  roundToCurrency: (amount: Decimal) => Decimal,
  result: Comparison,
): void {
  const rounded = roundToCurrency(got)
  const exact = asDecimal(want)?.equals(got) === true
  result.roundedAmount = !exact && asDecimal(want)?.equals(rounded) === true
  compareLeaf('amount', want, result.roundedAmount ? rounded : got, result)
}

function compareValue(path: string, want: unknown, got: unknown, result: Comparison): void {
  if (got === undefined) {
    result.unchecked.push(path)
  } else if (Array.isArray(want) && Array.isArray(got)) {
    if (want.length !== got.length) compareLeaf(`${path}.length`, want.length, got.length, result)
    else want.forEach((item, index) => compareValue(`${path}[${index}]`, item, got[index], result))
  } else if (isRecord(want) && isRecord(got)) {
    for (const [name, item] of Object.entries(want)) {
      compareValue(`${path}.${name}`, item, got[name], result)
    }
  } else {
    compareLeaf(path, want, got, result)
  }
}

function compareLeaf(path: string, want: unknown, got: unknown, result: Comparison): void {
  result.checked++
  const [a, b] = [asDecimal(want), asDecimal(got)]
  const equal = a && b ? a.equals(b) : want === got
  if (!equal) result.differences.push({ path, expected: textOf(want), got: textOf(got) })
}

function asDecimal(value: unknown): Decimal | undefined {
  if (value instanceof Decimal) return value
  return ['string', 'number', 'bigint'].includes(typeof value)
    ? Decimal.tryParse(String(value))
    : undefined
}

function settled(value: Decimal, decimals: unknown): Decimal {
  return typeof decimals === 'number' ? value.round(decimals, 'half_away_from_zero') : value
}

function decimalsOf(value: unknown): number | undefined {
  return typeof value === 'string' ? (value.split('.')[1]?.length ?? 0) : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !(value instanceof Decimal)
}

function textOf(value: unknown): string {
  if (typeof value === 'string' || value instanceof Decimal) return String(value)
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value)
}
