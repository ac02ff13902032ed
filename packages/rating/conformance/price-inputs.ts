import { Decimal } from '@purser/kernel'
import { z } from 'zod'
import type { Price, QuantityTerms, SpendTerms, Tier } from '../src/price.ts'
import { validatePrice } from '../src/validate-price.ts'
import { decimal, optional, readInputs, UnsupportedCase } from './inputs.ts'

export const tier = z
  .strictObject({
    up_to: decimal.nullable(),
    unit_amount: optional(decimal),
    flat_amount: optional(decimal),
    tier_cap: optional(decimal),
  })
  .transform(
    (fields): Tier => ({
      upTo: fields.up_to,
      unitAmount: fields.unit_amount ?? Decimal.zero,
      flatAmount: fields.flat_amount ?? Decimal.zero,
      ...(fields.tier_cap ? { cap: fields.tier_cap } : {}),
    }),
  )

const roundingWord = z
  .enum(['up', 'ceil', 'ceiling', 'down', 'floor'])
  .transform((word) => (word === 'down' || word === 'floor' ? 'down' : 'up'))

const quantityRounding = z.union([z.literal('none').transform(() => undefined), roundingWord])

const spendFields = {
  minimum_spend: optional(decimal),
  maximum_spend: optional(decimal),
  percentage_discount: optional(decimal),
}

const quantityFields = {
  free_quantity: optional(decimal),
  units_per_price: optional(decimal),
  quantity_rounding: optional(quantityRounding),
}

/** The inputs that make the price, by the suite's name of its model. */
const priceShapes = {
  standard: z.strictObject({ unit_amount: decimal, ...quantityFields, ...spendFields }),
  flat: z.strictObject({
    amount: decimal,
    payment_term: optional(z.enum(['in_advance', 'in_arrears'])),
    ...spendFields,
  }),
  graduated: z.strictObject({ tiers: z.array(tier), ...quantityFields, ...spendFields }),
  volume: z.strictObject({ tiers: z.array(tier), ...quantityFields, ...spendFields }),
  package: z.strictObject({
    package_size: decimal,
    package_amount: decimal,
    free_quantity: optional(decimal),
    rounding: optional(roundingWord),
    ...spendFields,
  }),
}

export type PriceModelName = keyof typeof priceShapes

/** A case's inputs in two: those that make the price, and the rest, which say what is priced. */
export function splitInputs(model: PriceModelName, inputs: Readonly<Record<string, unknown>>) {
  const { shape } = priceShapes[model]
  const [price, rest] = [true, false].map((ofPrice) =>
    Object.fromEntries(
      Object.entries(inputs).filter(([name]) => Object.hasOwn(shape, name) === ofPrice),
    ),
  )
  return { price, rest }
}

/** Whether the suite's model is one of the engine's price models. */
export function isPriceModel(model: string): model is PriceModelName {
  return Object.hasOwn(priceShapes, model)
}

/** The engine's price for a case; one that the engine would refuse to store is unsupported. */
export function readPrice(model: PriceModelName, inputs: unknown): Price {
  const price = toPrice(model, inputs)
  const [violation] = validatePrice(price, '')
  if (!violation) return price
  throw new UnsupportedCase(`the engine refuses the price: ${violation.field} ${violation.message}`)
}

function toPrice(model: PriceModelName, inputs: unknown): Price {
  switch (model) {
    case 'standard': {
      const fields = readInputs(priceShapes.standard, inputs)
      const terms = { ...quantityTerms(fields), ...spendTerms(fields) }
      return { model: 'per_unit', unitAmount: fields.unit_amount, ...terms }
    }
    case 'flat': {
      const fields = readInputs(priceShapes.flat, inputs)
      const paymentTerm = fields.payment_term ?? 'in_advance'
      return { model, amount: fields.amount, paymentTerm, ...spendTerms(fields) }
    }
    case 'graduated':
    case 'volume': {
      const fields = readInputs(priceShapes[model], inputs)
      return { model, tiers: fields.tiers, ...quantityTerms(fields), ...spendTerms(fields) }
    }
    case 'package': {
      const fields = readInputs(priceShapes.package, inputs)
      return {
        model,
        packageSize: fields.package_size,
        packageAmount: fields.package_amount,
        freeQuantity: fields.free_quantity ?? Decimal.zero,
        rounding: fields.rounding ?? 'up',
        ...spendTerms(fields),
      }
    }
  }
}

function spendTerms(fields: {
  minimum_spend?: Decimal | undefined
  maximum_spend?: Decimal | undefined
  percentage_discount?: Decimal | undefined
}): SpendTerms {
  return {
    ...(fields.minimum_spend ? { minimumSpend: fields.minimum_spend } : {}),
    ...(fields.maximum_spend ? { maximumSpend: fields.maximum_spend } : {}),
    ...(fields.percentage_discount ? { percentageDiscount: fields.percentage_discount } : {}),
  }
}

function quantityTerms(fields: {
  free_quantity?: Decimal | undefined
  units_per_price?: Decimal | undefined
  quantity_rounding?: 'up' | 'down' | undefined
}): QuantityTerms {
  return {
    ...(fields.free_quantity ? { freeQuantity: fields.free_quantity } : {}),
    ...(fields.units_per_price ? { unitsPerPrice: fields.units_per_price } : {}),
    ...(fields.quantity_rounding ? { quantityRounding: fields.quantity_rounding } : {}),
  }
}
