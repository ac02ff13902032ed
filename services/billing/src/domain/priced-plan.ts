import type { Price, RatingPolicy } from '@purser/rating'

/** A price of a plan with what its invoice line says. */
export type PlanPrice = {
  priceKey: string
  description: string
  /** Undefined on a flat price. */
  meterKey: string | undefined
  price: Price
  /** The price as it is stamped on lines: JSON text. */
  priceJson: string
}

/** One version of a plan, ready to rate. */
export type PricedPlan = {
  planKey: string
  version: number
  name: string
  currency: string
  policy: RatingPolicy
  prices: readonly PlanPrice[]
}
