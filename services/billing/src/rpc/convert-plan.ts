import {
  PackageRounding,
  Rounding,
  ZeroUsage,
  type Plan,
  type Price as ProtoPrice,
  type RatingPolicy as ProtoRatingPolicy,
  type TieredPrice,
} from '@purser/contracts/subscription/v1/subscription'
import { assert, Decimal, PurserError, type RoundingMode } from '@purser/kernel'
import {
  type Price,
  priceFromJson,
  priceToJson,
  ratingPolicies,
  type RatingPolicy,
  type Tier,
} from '@purser/rating'
import type { PlanPrice, PricedPlan } from '../domain/priced-plan.ts'

const roundings = {
  [Rounding.UNSPECIFIED]: 'half_away_from_zero',
  [Rounding.HALF_AWAY_FROM_ZERO]: 'half_away_from_zero',
  [Rounding.HALF_EVEN]: 'half_even',
  [Rounding.UP]: 'up',
  [Rounding.DOWN]: 'down',
} as const satisfies Record<Rounding, RoundingMode>

/** A version of a plan, ready to rate. Throws `plan.invalid_price` for a price that the engine refuses. */
export function fromProtoPlan(plan: Plan): PricedPlan {
  const { terms } = plan
  assert(terms, 'a plan has terms')
  return {
    planKey: plan.planKey,
    version: plan.version,
    name: terms.name,
    currency: terms.currency,
    policy: fromProtoPolicy(terms.policy),
    prices: terms.prices.map(fromProtoPrice),
  }
}

function fromProtoPolicy(policy: ProtoRatingPolicy | undefined): RatingPolicy {
  return {
    ...ratingPolicies.standard_v1,
    rounding: roundings[policy?.rounding ?? Rounding.UNSPECIFIED],
    zeroUsageFirstTierFlat: policy?.zeroUsage === ZeroUsage.NOT_CHARGED ? 'not_charged' : 'charged',
  }
}

function fromProtoPrice(proto: ProtoPrice, index: number): PlanPrice {
  const json = priceToJson(fromProtoModel(proto))
  return {
    priceKey: proto.priceKey,
    description: proto.description,
    meterKey: proto.meterKey === '' ? undefined : proto.meterKey,
    // Read back so that what is stamped on a line is what was rated, and was checked.
    price: priceFromJson(json, `prices[${index}]`),
    priceJson: JSON.stringify(json),
  }
}

function fromProtoModel({ model, priceKey }: ProtoPrice): Price {
  switch (model.case) {
    case 'flat':
      return { model: 'flat', amount: Decimal.parse(model.value.amount) }
    case 'perUnit':
      return {
        model: 'per_unit',
        unitAmount: Decimal.parse(model.value.unitAmount),
        ...(model.value.freeQuantity === ''
          ? {}
          : { freeQuantity: Decimal.parse(model.value.freeQuantity) }),
      }
    case 'graduated':
    case 'volume':
      return { model: model.case, tiers: fromProtoTiers(model.value) }
    case 'package':
      return {
        model: 'package',
        packageSize: Decimal.parse(model.value.packageSize),
        packageAmount: Decimal.parse(model.value.packageAmount),
        freeQuantity: Decimal.parse(model.value.freeQuantity || '0'),
        rounding: model.value.rounding === PackageRounding.DOWN ? 'down' : 'up',
      }
    default:
      throw new PurserError('plan.invalid_price', `Price "${priceKey}" names no model.`)
  }
}

function fromProtoTiers({ tiers }: TieredPrice): Tier[] {
  return tiers.map((tier) => ({
    upTo: tier.upTo === '' ? null : Decimal.parse(tier.upTo),
    unitAmount: Decimal.parse(tier.unitAmount),
    flatAmount: Decimal.parse(tier.flatAmount || '0'),
  }))
}
