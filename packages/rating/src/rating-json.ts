import type { RatedAdjustment, Rating } from './rating.ts'

/** A rating as it is stored on an invoice line; decimals as strings. */
export type RatingJson = {
  amount: string
  tiers: {
    tier: number
    quantity: string
    unit_amount: string
    flat_amount: string
    amount: string
  }[]
  adjustments: { kind: RatedAdjustment['kind']; amount: string }[]
}

/** The stored form: enough to print the line and to check that it adds up. */
export function ratingToJson(rating: Rating): RatingJson {
  return {
    amount: rating.amount.toString(),
    tiers: rating.breakdown.map((tier) => ({
      tier: tier.tier,
      quantity: tier.quantity.toString(),
      unit_amount: tier.unitAmount.toString(),
      flat_amount: tier.flatAmount.toString(),
      amount: tier.amount.toString(),
    })),
    adjustments: rating.adjustments.map(({ kind, amount }) => ({
      kind,
      amount: amount.toString(),
    })),
  }
}
