import { currencyExponent, Decimal } from '@purser/kernel'
import { z } from 'zod'
import { billableRange } from '../src/billable-quantity.ts'
import { rate } from '../src/rate.ts'
import { packageCount } from '../src/rate-package.ts'
import type { RatedAdjustment, Rating } from '../src/rating.ts'
import { roundAmount } from '../src/round-amount.ts'
import type { Adapter, AdapterInput } from './adapter.ts'
import { decimal, optional, readInputs, UnsupportedCase } from './inputs.ts'
import { isPriceModel, type PriceModelName, readPrice, splitInputs, tier } from './price-inputs.ts'

const usage = z.strictObject({
  quantity: optional(decimal),
  prior_quantity: optional(decimal),
  prior_billed_amount: optional(decimal),
  line_position: optional(z.enum(['whole_period', 'first_split', 'middle_split', 'last_split'])),
  negative_usage: optional(z.enum(['credit', 'floor_zero'])),
  round_to_currency: optional(z.union([z.boolean(), z.string()])),
  currency: optional(z.string()),
  // What the free quantity makes of the tiers, spelled out for the reader; the engine must find it alone.
  effective_tiers: optional(z.array(tier)),
})

/** Cases of one of the engine's own price models. */
export function pricedBy(model: PriceModelName): Adapter {
  return ({ inputs, policy, currency }) => {
    const { price: priceInputs, rest } = splitInputs(model, inputs)
    const price = readPrice(model, priceInputs)
    const given = readInputs(usage, rest)
    if (given.quantity === undefined && model !== 'flat') throw new UnsupportedCase('no quantity')
    const rating = rate(
      price,
      {
        quantity: given.quantity ?? Decimal.one,
        ...(given.prior_quantity ? { priorQuantity: given.prior_quantity } : {}),
        ...(given.prior_billed_amount ? { priorBilledAmount: given.prior_billed_amount } : {}),
        ...(given.line_position ? { position: given.line_position } : {}),
      },
      given.negative_usage ? { ...policy, negativeUsage: given.negative_usage } : policy,
    )
    const rounds = given.round_to_currency !== undefined && given.round_to_currency !== false
    const roundTo = typeof given.round_to_currency === 'string' ? given.round_to_currency : currency
    return {
      amount: rounds ? inCurrency(rating.amount, { policy, currency: roundTo }) : rating.amount,
      breakdown: breakdownOf(rating),
    }
  }
}

/** The amount after the engine rounded it to the currency. */
export function inCurrency(
  amount: Decimal,
  { policy, currency }: Pick<AdapterInput, 'policy' | 'currency'>,
): Decimal {
  return Decimal.fromBigInt(roundAmount(amount, currency, policy), currencyExponent(currency))
}

function breakdownOf(rating: Rating) {
  const adjusted = (kind: RatedAdjustment['kind']) =>
    Decimal.sum(
      rating.adjustments.filter((by) => by.kind === kind).map(({ amount }) => amount),
    ).abs()
  return {
    gross: rating.gross,
    percentage_discount: adjusted('percentage_discount'),
    maximum_spend_discount: adjusted('maximum_spend_discount'),
    minimum_spend: adjusted('minimum_spend_top_up'),
  }
}

export const packageCountAdapter: Adapter = ({ inputs }) => {
  const { quantity, ...fields } = readInputs(
    z.strictObject({
      quantity: decimal,
      package_size: decimal,
      free_quantity: optional(decimal),
      rounding: optional(z.enum(['up', 'down'])),
    }),
    inputs,
  )
  const price = {
    packageSize: fields.package_size,
    freeQuantity: fields.free_quantity ?? Decimal.zero,
    rounding: fields.rounding ?? 'up',
  } as const
  return { packages: packageCount(price, quantity) }
}

export const usageDiscountAdapter: Adapter = ({ inputs }) => {
  const given = readInputs(
    z.strictObject({
      quantity: decimal,
      prior_quantity: optional(decimal),
      free_quantity: decimal,
    }),
    inputs,
  )
  const prior = given.prior_quantity ?? Decimal.zero
  const { from, to } = billableRange({ freeQuantity: given.free_quantity }, prior, given.quantity)
  return { billable_quantity: to.minus(from) }
}

export const volumeProratedAdapter: Adapter = ({ inputs, policy }) => {
  const given = readInputs(
    z.strictObject({ prorated_quantity: decimal, full_quantity: decimal, tiers: z.unknown() }),
    inputs,
  )
  const price = readPrice('volume', { tiers: given.tiers })
  const rated = { quantity: given.prorated_quantity, tierQuantity: given.full_quantity }
  return { amount: rate(price, rated, policy).amount }
}

/** A percentage of an amount is a price per unit of the currency. */
export const graduatedPercentageAdapter: Adapter = ({ inputs, policy }) => {
  const given = readInputs(
    z.strictObject({
      base_amount: decimal,
      tiers: z.array(
        z.strictObject({ up_to: decimal.nullable(), rate_percent: decimal, flat_amount: decimal }),
      ),
    }),
    inputs,
  )
  const hundredth = Decimal.parse('0.01')
  const tiers = given.tiers.map(({ up_to, rate_percent, flat_amount }) => ({
    upTo: up_to,
    unitAmount: rate_percent.times(hundredth),
    flatAmount: flat_amount,
  }))
  return {
    amount: rate({ model: 'graduated', tiers }, { quantity: given.base_amount }, policy).amount,
  }
}

/** Each bucket is a usage of its own. */
export const bucketedAdapter: Adapter = ({ inputs, policy }) => {
  const given = readInputs(
    z.strictObject({
      bucket_values: z.array(decimal),
      price: z.looseObject({ model: z.string() }),
    }),
    inputs,
  )
  const { model, ...fields } = given.price
  if (!isPriceModel(model)) throw new UnsupportedCase(`no price model ${model}`)
  const price = readPrice(model, fields)
  const amounts = given.bucket_values.map((quantity) => rate(price, { quantity }, policy).amount)
  return { amount: Decimal.sum(amounts) }
}
