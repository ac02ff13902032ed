import { Decimal, type FieldViolation, unreachable } from '@purser/kernel'
import type { Price, QuantityTerms, SpendTerms, Tier } from './price.ts'

const maxTiers = 100
const maxIntegerDigits = 20
const maxFractionDigits = 20
const hundred = Decimal.fromBigInt(100n)

/**
 * What is wrong with a price, empty if nothing is. `path` is the price's own place in the request and leads
 * every field: `prices[0]` gives `prices[0].tiers[1].up_to`.
 *
 * Amounts are zero or more with at most 20 digits before and 20 after the point; sizes are above zero; there
 * are 1 to 100 tiers, their bounds ascend from above zero, and the last alone is open.
 */
export function validatePrice(price: Price, path = 'price'): FieldViolation[] {
  const check = createCheck(path)
  checkModel(price, check)
  checkSpendTerms(price, check)
  return check.violations
}

type Check = ReturnType<typeof createCheck>

function createCheck(path: string) {
  const violations: FieldViolation[] = []
  const refuse = (field: string, message: string) => {
    violations.push({ field: path === '' ? field : `${path}.${field}`, message })
  }
  return {
    violations,
    refuse,
    notNegative(field: string, value: Decimal | undefined) {
      if (value?.isNegative()) refuse(field, 'must not be negative')
      else if (value) checkDigits(field, value, refuse)
    },
    positive(field: string, value: Decimal | undefined) {
      if (value && value.sign() <= 0) refuse(field, 'must be above zero')
      else if (value) checkDigits(field, value, refuse)
    },
  }
}

function checkDigits(field: string, value: Decimal, refuse: (f: string, m: string) => void): void {
  if (value.fits(maxIntegerDigits, maxFractionDigits)) return
  refuse(field, `must have at most ${maxIntegerDigits} digits before and after the point`)
}

function checkModel(price: Price, check: Check): void {
  switch (price.model) {
    case 'flat':
      return check.notNegative('amount', price.amount)
    case 'per_unit':
      check.notNegative('unit_amount', price.unitAmount)
      return checkQuantityTerms(price, check)
    case 'graduated':
    case 'volume':
      checkTiers(price.tiers, check)
      return checkQuantityTerms(price, check)
    case 'package':
      check.positive('package_size', price.packageSize)
      check.notNegative('package_amount', price.packageAmount)
      return check.notNegative('free_quantity', price.freeQuantity)
    default:
      return unreachable(price)
  }
}

function checkQuantityTerms(terms: QuantityTerms, check: Check): void {
  check.notNegative('free_quantity', terms.freeQuantity)
  check.positive('units_per_price', terms.unitsPerPrice)
}

function checkSpendTerms(terms: SpendTerms, check: Check): void {
  const { minimumSpend, maximumSpend, percentageDiscount } = terms
  check.notNegative('minimum_spend', minimumSpend)
  check.notNegative('maximum_spend', maximumSpend)
  check.notNegative('percentage_discount', percentageDiscount)
  if (percentageDiscount?.gt(hundred)) check.refuse('percentage_discount', 'must not exceed 100')
  if (minimumSpend && maximumSpend && minimumSpend.gt(maximumSpend)) {
    check.refuse('minimum_spend', 'must not exceed maximum_spend')
  }
}

function checkTiers(tiers: readonly Tier[], check: Check): void {
  if (tiers.length === 0) check.refuse('tiers', 'must not be empty')
  if (tiers.length > maxTiers) check.refuse('tiers', `must not be more than ${maxTiers}`)
  let lower = Decimal.zero
  for (const [index, tier] of tiers.entries()) {
    const field = `tiers[${index}]`
    check.notNegative(`${field}.unit_amount`, tier.unitAmount)
    check.notNegative(`${field}.flat_amount`, tier.flatAmount)
    check.notNegative(`${field}.tier_cap`, tier.cap)
    checkUpperBound(`${field}.up_to`, tier.upTo, lower, index === tiers.length - 1, check)
    lower = tier.upTo ?? lower
  }
}

function checkUpperBound(
  field: string,
  upTo: Decimal | null,
  lower: Decimal,
  isLast: boolean,
  check: Check,
): void {
  if (isLast) {
    if (upTo !== null) check.refuse(field, 'must be null in the last tier')
  } else if (upTo === null) {
    check.refuse(field, 'must not be null before the last tier')
  } else if (upTo.lte(lower)) {
    check.refuse(field, `must be above ${lower}`)
  } else {
    check.positive(field, upTo)
  }
}
