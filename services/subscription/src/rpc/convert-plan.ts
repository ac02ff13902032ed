import { create, fromJson, type JsonValue, toJson } from '@bufbuild/protobuf'
import {
  Interval,
  PackageRounding,
  type Plan,
  PlanSchema,
  type PlanTerms,
  PlanTermsSchema,
  type Price as ProtoPrice,
  Rounding,
  ZeroUsage,
} from '@purser/contracts/subscription/v1/subscription'
import type { Entitlement } from '@purser/contracts/common/v1/entitlement'
import { Decimal } from '@purser/kernel'
import type { Price as RatedPrice } from '@purser/rating'
import { toProtoTimestamp } from '@purser/rpc'
import type { IntervalUnit, PlanVersion, TermsJson } from '../domain/plan.ts'
import type { Price } from '../domain/price.ts'
import { completeEntitlement } from './convert-entitlement.ts'

const intervalUnits = {
  [Interval.UNSPECIFIED]: 'month',
  [Interval.MONTH]: 'month',
  [Interval.YEAR]: 'year',
} as const satisfies Record<Interval, IntervalUnit>

/** The unit of the billing period that the terms name. */
export function fromProtoInterval(interval: Interval): IntervalUnit {
  return intervalUnits[interval]
}

/**
 * A copy of the terms in which every default is written out: a version fixes what its invoices say,
 * also when the contract's defaults change one day.
 */
export function completeTerms(terms: PlanTerms): PlanTerms {
  return create(PlanTermsSchema, {
    name: terms.name,
    currency: terms.currency,
    interval: terms.interval || Interval.MONTH,
    intervalCount: terms.intervalCount || 1,
    prices: terms.prices.map((price) => ({ ...price, model: completeModel(price.model) })),
    policy: {
      rounding: terms.policy?.rounding || Rounding.HALF_AWAY_FROM_ZERO,
      zeroUsage: terms.policy?.zeroUsage || ZeroUsage.CHARGED,
    },
    entitlements: terms.entitlements.map(completeEntitlement),
  })
}

function completeModel(model: ProtoPrice['model']): ProtoPrice['model'] {
  switch (model.case) {
    case 'perUnit':
      return {
        case: model.case,
        value: { ...model.value, freeQuantity: orZero(model.value.freeQuantity) },
      }
    case 'graduated':
    case 'volume': {
      const tiers = model.value.tiers.map((tier) => ({
        ...tier,
        flatAmount: orZero(tier.flatAmount),
      }))
      return { case: model.case, value: { ...model.value, tiers } }
    }
    case 'package': {
      const freeQuantity = orZero(model.value.freeQuantity)
      const rounding = model.value.rounding || PackageRounding.UP
      return { case: model.case, value: { ...model.value, freeQuantity, rounding } }
    }
    default:
      return model
  }
}

/** The prices of complete terms, for the checks of the domain. */
export function fromProtoPrices(prices: readonly ProtoPrice[]): Price[] {
  return prices.map(({ priceKey, meterKey, model }) => ({
    priceKey,
    meterKey,
    terms: fromProtoModel(model),
  }))
}

function fromProtoModel(model: ProtoPrice['model']): RatedPrice | undefined {
  switch (model.case) {
    case 'flat':
      return { model: 'flat', amount: Decimal.parse(model.value.amount) }
    case 'perUnit':
      return {
        model: 'per_unit',
        unitAmount: Decimal.parse(model.value.unitAmount),
        freeQuantity: Decimal.parse(model.value.freeQuantity),
      }
    case 'graduated':
    case 'volume':
      return {
        model: model.case,
        tiers: model.value.tiers.map((tier) => ({
          upTo: tier.upTo === '' ? null : Decimal.parse(tier.upTo),
          unitAmount: Decimal.parse(tier.unitAmount),
          flatAmount: Decimal.parse(tier.flatAmount),
        })),
      }
    case 'package':
      return {
        model: 'package',
        packageSize: Decimal.parse(model.value.packageSize),
        packageAmount: Decimal.parse(model.value.packageAmount),
        freeQuantity: Decimal.parse(model.value.freeQuantity),
        rounding: model.value.rounding === PackageRounding.DOWN ? 'down' : 'up',
      }
    default:
      return undefined
  }
}

/** Terms as they are stored: the contract's own JSON, with the names of the .proto. */
export function toTermsJson(terms: PlanTerms): TermsJson {
  const json = toJson(PlanTermsSchema, terms, { useProtoFieldName: true })
  return json as TermsJson
}

/** Unknown fields are refused: a price that is only half understood would bill wrongly. */
function fromTermsJson(terms: TermsJson): PlanTerms {
  return fromJson(PlanTermsSchema, terms as JsonValue)
}

/** What a version entitles to. */
export function entitlementsOf({ terms }: Pick<PlanVersion, 'terms'>): Entitlement[] {
  return fromTermsJson(terms).entitlements
}

/** A version of a plan as it is answered. */
export function toProtoPlan(plan: PlanVersion): Plan {
  return create(PlanSchema, {
    planKey: plan.planKey,
    version: plan.version,
    terms: fromTermsJson(plan.terms),
    createTime: toProtoTimestamp(plan.createdAt),
  })
}

function orZero(decimal: string): string {
  return decimal === '' ? '0' : decimal
}
