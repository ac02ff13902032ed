import { Decimal } from '@purser/kernel'

/** Which slice of a period is invoiced when the period is billed in several invoices. */
export type SlicePosition = 'whole_period' | 'first_split' | 'middle_split' | 'last_split'

/** The quantity to be priced and what the period has seen before it. */
export type Usage = {
  /** Units of this slice, in the meter's unit. Negative as the policy says. */
  quantity: Decimal
  /** Units billed in earlier slices of the same period, zero or more. Default 0. */
  priorQuantity?: Decimal
  /** What earlier slices were billed, in major units. Default 0. */
  priorBilledAmount?: Decimal
  /** Default `whole_period`. */
  position?: SlicePosition
  /**
   * Volume prices only: the quantity that selects the tier, when `quantity` is prorated (conformance policy
   * `volume_tier_selected_by:full_units`). Default: the quantity itself.
   */
  tierQuantity?: Decimal
}

/**
 * One step of the price, as printed on the invoice line: `quantity` units at `unitAmount` for each
 * `unitsPerPrice` of the price, plus `flatAmount`. `tier` counts from 1 in the order of the stamped price. `amount`
 * is the exact result; it is less than the arithmetic where a tier's cap bites. For a package price the
 * quantity counts packages.
 */
export type RatedTier = {
  tier: number
  quantity: Decimal
  unitAmount: Decimal
  flatAmount: Decimal
  amount: Decimal
}

/** What moved the sum of the tiers to the amount: discounts are negative, a top-up is positive. */
export type RatedAdjustment = {
  kind: 'percentage_discount' | 'maximum_spend_discount' | 'minimum_spend_top_up'
  amount: Decimal
}

/**
 * The outcome of rating, in major units, exact and unrounded: `amount` is the sum of `breakdown`, which is
 * `gross`, and of `adjustments`. Steps without quantity and amount are left out.
 */
export type Rating = {
  amount: Decimal
  gross: Decimal
  breakdown: RatedTier[]
  adjustments: RatedAdjustment[]
}

/** Whether this slice opens its period: flat amounts that are due from the start fall here. */
export function opensPeriod(position: SlicePosition): boolean {
  return position === 'whole_period' || position === 'first_split'
}

/** Whether this slice closes its period: minimums and volume prices are settled here. */
export function closesPeriod(position: SlicePosition): boolean {
  return position === 'whole_period' || position === 'last_split'
}

/** The exact sum of the steps. */
export function grossOf(breakdown: readonly RatedTier[]): Decimal {
  return Decimal.sum(breakdown.map((tier) => tier.amount))
}
