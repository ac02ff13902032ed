import { Decimal, PurserError, unreachable } from '@purser/kernel'
import { JsonReader } from './json-reader.ts'
import type { Price, PriceModel, QuantityTerms, SpendTerms, Tier } from './price.ts'
import { validatePrice } from './validate-price.ts'

/**
 * A price as it is stored and stamped on invoices: snake_case, decimals as strings, absent where not set.
 * `{"model":"graduated","tiers":[{"up_to":"100","unit_amount":"0.1","flat_amount":"0"},{"up_to":null,…}]}`
 */
export type PriceJson = { model: PriceModel } & Record<string, unknown>

const models = ['flat', 'per_unit', 'graduated', 'volume', 'package'] as const

/**
 * Reads a price and checks it with `validatePrice`; unknown fields are refused. `path` leads the fields of
 * violations. Throws `plan.invalid_price` with every violation found.
 */
export function priceFromJson(json: unknown, path = 'price'): Price {
  const reader = new JsonReader(json, path)
  const price = readPrice(reader)
  reader.done()
  const violations =
    price && reader.violations.length === 0 ? validatePrice(price, path) : reader.violations
  if (price && violations.length === 0) return price
  throw new PurserError('plan.invalid_price', 'the price is not valid', { fields: violations })
}

function readPrice(reader: JsonReader): Price | undefined {
  const model = reader.word('model', models)
  switch (model) {
    case undefined:
      if (reader.violations.length === 0) reader.refuse('model', 'is required')
      return undefined
    case 'flat':
      return {
        model,
        amount: reader.requiredDecimal('amount'),
        ...defined({ paymentTerm: reader.word('payment_term', ['in_advance', 'in_arrears']) }),
        ...readSpendTerms(reader),
      }
    case 'per_unit':
      return {
        model,
        unitAmount: reader.requiredDecimal('unit_amount'),
        ...readQuantityTerms(reader),
        ...readSpendTerms(reader),
      }
    case 'graduated':
    case 'volume':
      return {
        model,
        tiers: reader.list('tiers', readTier),
        ...readQuantityTerms(reader),
        ...readSpendTerms(reader),
      }
    case 'package':
      return {
        model,
        packageSize: reader.requiredDecimal('package_size'),
        packageAmount: reader.requiredDecimal('package_amount'),
        freeQuantity: reader.decimal('free_quantity') ?? Decimal.zero,
        rounding: reader.word('rounding', ['up', 'down']) ?? 'up',
        ...readSpendTerms(reader),
      }
    default:
      return unreachable(model)
  }
}

function readTier(reader: JsonReader): Tier {
  return {
    upTo: reader.decimal('up_to') ?? null,
    unitAmount: reader.decimal('unit_amount') ?? Decimal.zero,
    flatAmount: reader.decimal('flat_amount') ?? Decimal.zero,
    ...defined({ cap: reader.decimal('tier_cap') }),
  }
}

function readSpendTerms(reader: JsonReader): SpendTerms {
  return defined({
    minimumSpend: reader.decimal('minimum_spend'),
    maximumSpend: reader.decimal('maximum_spend'),
    percentageDiscount: reader.decimal('percentage_discount'),
  })
}

function readQuantityTerms(reader: JsonReader): QuantityTerms {
  return defined({
    freeQuantity: reader.decimal('free_quantity'),
    unitsPerPrice: reader.decimal('units_per_price'),
    quantityRounding: reader.word('quantity_rounding', ['up', 'down']),
  })
}

/** The stored form of a price; `priceFromJson` reads back an equal price. */
export function priceToJson(price: Price): PriceJson {
  switch (price.model) {
    case 'flat':
      return written({
        model: price.model,
        amount: price.amount,
        payment_term: price.paymentTerm,
        ...spendTermsToJson(price),
      })
    case 'per_unit':
      return written({
        model: price.model,
        unit_amount: price.unitAmount,
        ...quantityTermsToJson(price),
        ...spendTermsToJson(price),
      })
    case 'graduated':
    case 'volume':
      return written({
        model: price.model,
        tiers: price.tiers.map(tierToJson),
        ...quantityTermsToJson(price),
        ...spendTermsToJson(price),
      })
    case 'package':
      return written({
        model: price.model,
        package_size: price.packageSize,
        package_amount: price.packageAmount,
        free_quantity: price.freeQuantity,
        rounding: price.rounding,
        ...spendTermsToJson(price),
      })
    default:
      return unreachable(price)
  }
}

function tierToJson(tier: Tier): Record<string, unknown> {
  return written({
    up_to: tier.upTo,
    unit_amount: tier.unitAmount,
    flat_amount: tier.flatAmount,
    tier_cap: tier.cap,
  })
}

function spendTermsToJson(terms: SpendTerms) {
  return {
    minimum_spend: terms.minimumSpend,
    maximum_spend: terms.maximumSpend,
    percentage_discount: terms.percentageDiscount,
  }
}

function quantityTermsToJson(terms: QuantityTerms) {
  return {
    free_quantity: terms.freeQuantity,
    units_per_price: terms.unitsPerPrice,
    quantity_rounding: terms.quantityRounding,
  }
}

/** Drops the fields that are not set. */
function defined<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>
  }
}

/** Decimals as strings, and the fields that are set alone: what jsonb stores. */
function written<Fields extends Record<string, unknown>>(fields: Fields): Fields {
  const texts = Object.entries(fields).map(
    ([name, value]) => [name, value instanceof Decimal ? value.toString() : value] as const,
  )
  return defined(Object.fromEntries(texts)) as Fields
}
