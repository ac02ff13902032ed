import { type FieldViolation, isCurrency } from '@purser/kernel'
import {
  MAX_AMOUNT_MINOR,
  type ProductInput,
  type VariantInput,
  type VariantPrice,
} from './product.ts'

/** Parts of the shop's addresses beside the products. */
const RESERVED_SLUGS = new Set(['search', 'suggestions'])

/**
 * What is wrong with a product, by the paths of the contract, beyond the contract's own rules; empty
 * when it may be kept.
 */
export function checkProduct(input: ProductInput): FieldViolation[] {
  const found: FieldViolation[] = []
  const refuse = (field: string, message: string) => found.push({ field, message })
  if (RESERVED_SLUGS.has(input.slug)) refuse('slug', 'is taken by the shop itself')
  checkOptions(input, refuse)
  const seen = { skus: new Set<string>(), combinations: new Set<string>() }
  for (const [index, variant] of input.variants.entries()) {
    const path = `variants[${index}]`
    checkVariant(input, variant, (field, message) => refuse(`${path}.${field}`, message))
    if (seen.skus.has(variant.sku)) refuse(`${path}.sku`, 'stands twice')
    const combination = JSON.stringify(variant.optionValues)
    if (seen.combinations.has(combination)) {
      refuse(`${path}.option_values`, 'are those of another variant')
    }
    seen.skus.add(variant.sku)
    seen.combinations.add(combination)
  }
  return found
}

type Refuse = (field: string, message: string) => void

function checkOptions({ options, attributes }: ProductInput, refuse: Refuse): void {
  const keys = new Set<string>()
  for (const [index, { key, values }] of options.entries()) {
    if (key === '') refuse(`options[${index}].name`, 'needs a letter or digit')
    if (keys.has(key)) refuse(`options[${index}].name`, 'stands twice')
    if (new Set(values).size < values.length) refuse(`options[${index}].values`, 'stand twice')
    keys.add(key)
  }
  for (const [index, { key }] of attributes.entries()) {
    if (keys.has(key)) refuse(`attributes[${index}].key`, 'stands twice, or is an option')
    keys.add(key)
  }
}

function checkVariant({ options }: ProductInput, variant: VariantInput, refuse: Refuse): void {
  if (variant.optionValues.length !== options.length) {
    refuse('option_values', `expected ${options.length}, one for each option`)
  }
  for (const [index, value] of variant.optionValues.entries()) {
    const option = options[index]
    if (option && !option.values.includes(value)) {
      refuse(`option_values[${index}]`, `is no value of "${option.name}"`)
    }
  }
  const spans = new Set<string>()
  for (const [index, price] of variant.prices.entries()) {
    checkPrice(price, (field, message) => refuse(`prices[${index}]${field}`, message))
    const { currency, priceListKey, startsAt, endsAt } = price
    const span = `${currency} ${priceListKey} ${startsAt} ${endsAt}`
    if (spans.has(span)) refuse(`prices[${index}]`, 'has the currency, list and times of another')
    spans.add(span)
  }
}

function checkPrice(price: VariantPrice, refuse: Refuse): void {
  const { currency, amountMinor, compareAtMinor, startsAt, endsAt } = price
  if (!isCurrency(currency)) refuse('.amount.currency', 'is no currency of ISO 4217')
  if (!isAmount(amountMinor)) refuse('.amount.amount_cents', `expected 0 to ${MAX_AMOUNT_MINOR}`)
  if (compareAtMinor !== undefined && !isAmount(compareAtMinor)) {
    refuse('.compare_at.amount_cents', `expected 0 to ${MAX_AMOUNT_MINOR}`)
  }
  if (startsAt && endsAt && Temporal.Instant.compare(startsAt, endsAt) >= 0) {
    refuse('.end_time', 'lies at or before the start')
  }
}

const isAmount = (amount: bigint) => amount >= 0n && amount <= MAX_AMOUNT_MINOR
