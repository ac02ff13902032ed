import { isPurserError } from '@purser/kernel'
import { expect, test } from 'vitest'
import { checkAmounts } from './check-amounts.ts'

const most = BigInt(Number.MAX_SAFE_INTEGER)

function refusal(...amounts: bigint[]): string | undefined {
  try {
    checkAmounts(amounts.map((amountMinor) => ({ priceKey: 'p', amountMinor })))
  } catch (error) {
    return isPurserError(error) ? error.code : 'other'
  }
  return undefined
}

test('amounts up to the greatest are taken, in lines and in sum', () => {
  expect(refusal()).toBeUndefined()
  expect(refusal(most)).toBeUndefined()
  expect(refusal(most, -most, most)).toBeUndefined()
  expect(refusal(most + 1n)).toBe('billing.amount_too_large')
  expect(refusal(-most - 1n)).toBe('billing.amount_too_large')
  expect(refusal(most, 1n)).toBe('billing.amount_too_large')
  expect(refusal(most + 1n, -5n)).toBe('billing.amount_too_large')
})
