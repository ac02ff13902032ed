import type { Price as RatedPrice } from '@purser/rating'

/** One price of a plan. */
export type Price = {
  /** Unique in the plan. */
  priceKey: string
  /** Empty for a flat price. */
  meterKey: string
  /** As the rating engine takes it; undefined when the request names no model, which is refused. */
  terms: RatedPrice | undefined
}

/** The meters that these prices read, each once, in order of their key. */
export function meterKeysOf(prices: readonly Pick<Price, 'meterKey'>[]): string[] {
  const keys = prices.map((price) => price.meterKey).filter((key) => key !== '')
  return [...new Set(keys)].sort()
}
