import { currencyExponent, Decimal, type FieldViolation, unreachable } from '@purser/kernel'
import type { Price, PriceModel, PriceTier } from './price.ts'

const maxDigits = 20

type Refuse = (field: string, message: string) => void

/**
 * What is wrong with the prices of a plan, empty if nothing is; whatever passes can be rated.
 * `path` is the place of the list in the request: `terms.prices` gives
 * `terms.prices[0].volume.tiers[1].up_to`.
 *
 * Keys are unique. A flat price has no meter, every other has one. Amounts and free quantities are
 * zero or more, package sizes above zero, all with at most 20 digits before and 20 after the point.
 * Tiers ascend from above zero and the last alone is open. A flat amount fits the minor unit of the
 * currency, since it is charged as it stands. Throws `request.unknown_currency`.
 */
export function checkPrices(
  prices: readonly Price[],
  currency: string,
  path: string,
): FieldViolation[] {
  const violations: FieldViolation[] = []
  const exponent = currencyExponent(currency)
  const seen = new Set<string>()
  for (const [index, price] of prices.entries()) {
    const refuse: Refuse = (field, message) => {
      const suffix = field === '' ? '' : `.${field}`
      violations.push({ field: `${path}[${index}]${suffix}`, message })
    }
    if (seen.has(price.priceKey)) refuse('price_key', 'must be unique in the plan')
    seen.add(price.priceKey)
    checkMeter(price, refuse)
    if (price.terms) checkModel(price.terms, exponent, refuse)
    else refuse('', 'must have one of flat, per_unit, graduated, volume, package')
  }
  return violations
}

function checkMeter({ meterKey, terms }: Price, refuse: Refuse): void {
  if (terms === undefined) return
  const isFlat = terms.model === 'flat'
  if (isFlat && meterKey !== '') refuse('meter_key', 'must be empty for a flat price')
  if (!isFlat && meterKey === '') refuse('meter_key', 'is required, except for a flat price')
}

function checkModel(terms: PriceModel, exponent: number, refuse: Refuse): void {
  const { model } = terms
  switch (model) {
    case 'flat':
      return checkFlatAmount(terms.amount, exponent, refuse)
    case 'per_unit':
      checkNotNegative('per_unit.unit_amount', terms.unitAmount, refuse)
      return checkNotNegative('per_unit.free_quantity', terms.freeQuantity, refuse)
    case 'graduated':
    case 'volume':
      return checkTiers(`${model}.tiers`, terms.tiers, refuse)
    case 'package':
      checkPositive('package.package_size', terms.packageSize, refuse)
      checkNotNegative('package.package_amount', terms.packageAmount, refuse)
      return checkNotNegative('package.free_quantity', terms.freeQuantity, refuse)
    default:
      return unreachable(model)
  }
}

function checkFlatAmount(amount: Decimal, exponent: number, refuse: Refuse): void {
  checkNotNegative('flat.amount', amount, refuse)
  if (amount.round(exponent, 'down').equals(amount)) return
  refuse('flat.amount', `must have at most ${exponent} decimals, as its currency has`)
}

function checkTiers(path: string, tiers: readonly PriceTier[], refuse: Refuse): void {
  if (tiers.length === 0) refuse(path, 'must not be empty')
  let lower = Decimal.zero
  for (const [index, { upTo, unitAmount, flatAmount }] of tiers.entries()) {
    const tier = `${path}[${index}]`
    checkNotNegative(`${tier}.unit_amount`, unitAmount, refuse)
    checkNotNegative(`${tier}.flat_amount`, flatAmount, refuse)
    const isLast = index === tiers.length - 1
    if (isLast && upTo) refuse(`${tier}.up_to`, 'must be empty on the last tier')
    if (!isLast && !upTo) refuse(`${tier}.up_to`, 'is required, except on the last tier')
    if (isLast || !upTo) continue
    if (upTo.lte(lower)) refuse(`${tier}.up_to`, `must be above ${lower}`)
    else checkDigits(`${tier}.up_to`, upTo, refuse)
    lower = upTo
  }
}

function checkNotNegative(field: string, value: Decimal, refuse: Refuse): void {
  if (value.isNegative()) refuse(field, 'must not be negative')
  else checkDigits(field, value, refuse)
}

function checkPositive(field: string, value: Decimal, refuse: Refuse): void {
  if (value.sign() <= 0) refuse(field, 'must be above zero')
  else checkDigits(field, value, refuse)
}

function checkDigits(field: string, value: Decimal, refuse: Refuse): void {
  if (value.fits(maxDigits, maxDigits)) return
  refuse(field, `must have at most ${maxDigits} digits before and after the point`)
}
