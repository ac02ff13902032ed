import { allocate, currencyExponent, Decimal } from '@purser/kernel'
import { z } from 'zod'
import { subtotalMinor } from '../src/round-amount.ts'
import type { Adapter } from './adapter.ts'
import { decimal, readInputs } from './inputs.ts'
import { inCurrency } from './pricing-adapter.ts'

export const currencyRoundingAdapter: Adapter = ({ inputs, policy }) => {
  const given = readInputs(z.strictObject({ amount: decimal, currency: z.string() }), inputs)
  return { amount: inCurrency(given.amount, { policy, currency: given.currency }) }
}

export const subtotalAdapter: Adapter = ({ inputs, policy }) => {
  const given = readInputs(
    z.strictObject({ line_amounts: z.array(decimal), currency: z.string() }),
    inputs,
  )
  const subtotal = subtotalMinor(given.line_amounts, given.currency, policy)
  return { amount: Decimal.fromBigInt(subtotal, currencyExponent(given.currency)) }
}

export const distributionAdapter: Adapter = ({ inputs }) => {
  const minor = z.number().int()
  const given = readInputs(
    z.strictObject({ line_amounts_minor: z.array(minor.nonnegative()), discount_minor: minor }),
    inputs,
  )
  const lines = given.line_amounts_minor.map(BigInt)
  const parts = allocate(BigInt(given.discount_minor), lines)
  return { taxable_minor: lines.map((line, index) => line - (parts[index] ?? 0n)) }
}
