import { currencyExponent, Decimal, isCurrency } from '@purser/kernel'
import { roundAmount } from '../src/round-amount.ts'
import { adapters } from './adapters.ts'
import type { ConformanceCase } from './case-file.ts'
import { compareOutcome, type Difference } from './compare.ts'
import { UnsupportedCase } from './inputs.ts'
import { policyOf } from './policies.ts'

/** The verdict on one case. `unsupported` is not a failure; its reason is printed and counted. */
export type Verdict = { case: ConformanceCase } & (
  | { outcome: 'pass'; roundedAmount: boolean; unchecked: string[] }
  | { outcome: 'fail'; differences: Difference[] }
  | { outcome: 'unsupported'; reason: string }
)

/** Puts every case to the engine, in the order of the file. */
export function evaluate(cases: readonly ConformanceCase[]): Verdict[] {
  return cases.map((conformanceCase) => {
    try {
      return evaluateCase(conformanceCase)
    } catch (error) {
      if (error instanceof UnsupportedCase) {
        return { case: conformanceCase, outcome: 'unsupported', reason: error.message }
      }
      const difference = { path: 'engine', expected: 'an outcome', got: String(error) }
      return { case: conformanceCase, outcome: 'fail', differences: [difference] }
    }
  })
}

function evaluateCase(conformanceCase: ConformanceCase): Verdict {
  const { model, inputs, expected, policy: policyNames } = conformanceCase
  const adapter = Object.hasOwn(adapters, model) ? adapters[model] : undefined
  if (!adapter) throw new UnsupportedCase('no adapter for the model')

  const currency = currencyOf(expected.currency)
  const policy = policyOf(policyNames)
  const outcome = adapter({ inputs, policy, currency })
  const { amount } = outcome
  const exponent = currencyExponent(currency)
  const minor = (value: Decimal) => roundAmount(value, currency, policy)
  const actual =
    amount instanceof Decimal
      ? { ...outcome, amount_minor: minor(amount), minor_exponent: exponent }
      : outcome

  const comparison = compareOutcome(expected, actual, (value) =>
    Decimal.fromBigInt(minor(value), exponent),
  )
  if (comparison.checked === 0) throw new UnsupportedCase('no expectation that could be checked')
  const { differences, roundedAmount, unchecked } = comparison
  return differences.length > 0
    ? { case: conformanceCase, outcome: 'fail', differences }
    : { case: conformanceCase, outcome: 'pass', roundedAmount, unchecked }
}

/** The case's currency; the suite assumes two decimals where it names none. */
function currencyOf(named: unknown): string {
  if (named === undefined || named === null) return 'USD'
  if (typeof named === 'string' && isCurrency(named)) return named
  throw new UnsupportedCase(`no ISO currency: ${String(named)}`)
}
