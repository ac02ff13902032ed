import { currencyExponent, type Decimal, type FieldViolation } from '@purser/kernel'
import { validatePrice } from '@purser/rating'
import type { Price } from './price.ts'

type Refuse = (field: string, message: string) => void

/**
 * What is wrong with the prices of a plan, empty if nothing is; whatever passes can be rated.
 * `path` is the place of the list in the request: `terms.prices` gives
 * `terms.prices[0].volume.tiers[1].up_to`.
 *
 * What a price may say is the rating engine's to judge (`validatePrice`). Beyond it: keys are unique,
 * a flat price has no meter and every other has one, and a flat amount fits the minor unit of the
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
    const place = `${path}[${index}]`
    const refuse: Refuse = (field, message) => {
      violations.push({ field: `${place}.${field}`, message })
    }
    if (seen.has(price.priceKey)) refuse('price_key', 'must be unique in the plan')
    seen.add(price.priceKey)
    const { terms } = price
    if (terms === undefined) {
      const message = 'must have one of flat, per_unit, graduated, volume, package'
      violations.push({ field: place, message })
      continue
    }
    checkMeter(price.meterKey, terms.model === 'flat', refuse)
    // The contract names the field of a model as the engine names the model.
    violations.push(...validatePrice(terms, `${place}.${terms.model}`))
    if (terms.model === 'flat') checkMinorUnit(terms.amount, exponent, refuse)
  }
  return violations
}

function checkMeter(meterKey: string, isFlat: boolean, refuse: Refuse): void {
  if (isFlat && meterKey !== '') refuse('meter_key', 'must be empty for a flat price')
  if (!isFlat && meterKey === '') refuse('meter_key', 'is required, except for a flat price')
}

function checkMinorUnit(amount: Decimal, exponent: number, refuse: Refuse): void {
  if (amount.round(exponent, 'down').equals(amount)) return
  refuse('flat.amount', `must have at most ${exponent} decimals, as its currency has`)
}
