import { Interval, type Plan } from '@purser/contracts/subscription/v1/subscription'
import { currencyExponent, Decimal } from '@purser/kernel'
import type { Offer } from '../domain/offer.ts'

/** Largest price in minor units, as the catalog's: what is beyond it has none here. */
const LARGEST_MINOR = 1_000_000_000_000n

/**
 * A plan as a cart offers it: its flat prices of one whole billing period, which are whole minor units. Usage
 * costs what it will. Without a price in another currency than its own.
 */
export function offerOfPlan({ planKey, version, terms }: Plan, currency: string): Offer {
  const minor = terms?.currency === currency ? flatMinorOf(terms, currency) : undefined
  const isPrice = minor !== undefined && minor >= 0n && minor <= LARGEST_MINOR
  const unit = terms?.interval === Interval.YEAR ? 'Y' : 'M'
  return {
    isForSale: true,
    unitMinor: isPrice ? minor : undefined,
    listMinor: undefined,
    available: undefined,
    facts: {
      title: terms?.name ?? planKey,
      variantTitle: '',
      productId: '',
      sku: '',
      slug: '',
      imageUrl: '',
      taxCategory: '',
      weightGrams: 0,
      requiresShipping: false,
      planVersion: version,
      billingPeriod: `P${terms?.intervalCount || 1}${unit}`,
    },
  }
}

function flatMinorOf({ prices }: NonNullable<Plan['terms']>, currency: string): bigint {
  const amounts = prices.map(({ model }) => (model.case === 'flat' ? model.value.amount : '0'))
  const total = amounts.reduce((sum, amount) => sum.plus(Decimal.parse(amount)), Decimal.zero)
  return total.toMinor(currencyExponent(currency), 'half_away_from_zero')
}
