import type { Decimal } from '@purser/kernel'

/**
 * One tier of a tiered price. `upTo` is the inclusive upper bound in units, null for no bound: units above it
 * belong to the next tier, fractions included. `flatAmount` is added once, when the tier is reached. `cap`
 * limits what the tier costs, flat amount included.
 */
export type Tier = { upTo: Decimal | null; unitAmount: Decimal; flatAmount: Decimal; cap?: Decimal }

/**
 * Bounds on what one price costs in a period, settled in this order:
 * 1. `percentageDiscount`: 0 to 100;
 * 2. `maximumSpend`, less what earlier slices of the period were billed;
 * 3. `minimumSpend`, topped up when the period closes.
 * Sources: conformance policies `discount_order:percentage_then_max_spend`,
 * `minimum_spend:billed_in_last_slice_of_period`.
 */
export type SpendTerms = {
  minimumSpend?: Decimal
  maximumSpend?: Decimal
  percentageDiscount?: Decimal
}

/**
 * What happens to the quantity of a period before it is priced, in this order:
 * 1. `quantityRounding` settles it to a whole number of `unitsPerPrice` units (default: left as it is);
 * 2. `freeQuantity` units are free.
 * `unitsPerPrice` is how many units an amount per unit buys (default 1): 1000 for a price per thousand.
 * Source: conformance policy `conversion_order:convert,round,discount`.
 */
export type QuantityTerms = {
  freeQuantity?: Decimal
  unitsPerPrice?: Decimal
  quantityRounding?: 'up' | 'down'
}

/** A fixed amount once per period: in the first slice when in advance (the default), in the last in arrears. */
export type FlatPrice = {
  model: 'flat'
  amount: Decimal
  paymentTerm?: 'in_advance' | 'in_arrears'
} & SpendTerms

/** Quantity times `unitAmount`. */
export type PerUnitPrice = { model: 'per_unit'; unitAmount: Decimal } & QuantityTerms & SpendTerms

/** Each tier prices only the units that fall in it. */
export type GraduatedPrice = { model: 'graduated'; tiers: readonly Tier[] } & QuantityTerms &
  SpendTerms

/** The one tier that contains the whole quantity prices all units; billed when the period closes. */
export type VolumePrice = { model: 'volume'; tiers: readonly Tier[] } & QuantityTerms & SpendTerms

/** Packages of `packageSize` units; a started package counts in full (`up`) or not at all (`down`). */
export type PackagePrice = {
  model: 'package'
  packageSize: Decimal
  packageAmount: Decimal
  freeQuantity: Decimal
  rounding: 'up' | 'down'
} & SpendTerms

/**
 * A price. Every amount is in major units of the plan's currency and exact: 0.0000125 dollars is a price.
 * Prices are immutable; what `validatePrice` accepts, `rate` can rate.
 */
export type Price = FlatPrice | PerUnitPrice | GraduatedPrice | VolumePrice | PackagePrice

export type PriceModel = Price['model']
