import type { Decimal } from '@purser/kernel'

/** One tier: units above the bound before, up to and including `upTo`; undefined for no bound. */
export type PriceTier = { upTo: Decimal | undefined; unitAmount: Decimal; flatAmount: Decimal }

/** How an amount follows from a quantity; amounts are in major units of the plan's currency. */
export type PriceModel =
  | { model: 'flat'; amount: Decimal }
  | { model: 'per_unit'; unitAmount: Decimal; freeQuantity: Decimal }
  | { model: 'graduated' | 'volume'; tiers: readonly PriceTier[] }
  | { model: 'package'; packageSize: Decimal; packageAmount: Decimal; freeQuantity: Decimal }

/** One price of a plan. `terms` is undefined when the request names no model, which is refused. */
export type Price = {
  /** Unique in the plan. */
  priceKey: string
  /** Empty for a flat price. */
  meterKey: string
  terms: PriceModel | undefined
}

/** The meters that these prices read, each once, in order of their key. */
export function meterKeysOf(prices: readonly Pick<Price, 'meterKey'>[]): string[] {
  const keys = prices.map((price) => price.meterKey).filter((key) => key !== '')
  return [...new Set(keys)].sort()
}
