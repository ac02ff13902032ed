import { assert } from './assert.ts'

/**
 * Splits `amountMinor` (either sign) in proportion to `weights` (each zero or more, not all zero). The
 * parts are in the order of the weights and add up exactly to the amount; no part is a whole unit away
 * from its exact share. Units left over go to the largest remainders, ties to the earlier part
 * (largest-remainder method; conformance policy `discount_allocation:largest_remainder`).
 */
export function allocate(amountMinor: bigint, weights: readonly bigint[]): bigint[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0n)
  assert(
    weights.every((weight) => weight >= 0n),
    'a weight is zero or more',
  )
  assert(total > 0n, 'at least one weight is above zero')

  const negative = amountMinor < 0n
  const amount = negative ? -amountMinor : amountMinor
  const parts = weights.map((weight) => (amount * weight) / total)
  let left = amount - parts.reduce((sum, part) => sum + part, 0n)

  const byRemainder = weights
    .map((weight, index) => ({ index, remainder: (amount * weight) % total }))
    .sort((a, b) => compareDescending(a.remainder, b.remainder) || a.index - b.index)
  for (const { index } of byRemainder) {
    if (left === 0n) break
    parts[index] = (parts[index] ?? 0n) + 1n
    left--
  }
  return negative ? parts.map((part) => -part) : parts
}

function compareDescending(a: bigint, b: bigint): number {
  return a > b ? -1 : a < b ? 1 : 0
}
