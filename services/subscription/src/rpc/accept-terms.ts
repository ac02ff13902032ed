import type { HandlerContext } from '@connectrpc/connect'
import type { PlanTerms } from '@purser/contracts/subscription/v1/subscription'
import { type FieldViolation, PurserError } from '@purser/kernel'
import type { SubscriptionContext } from '../context.ts'
import { checkEntitlements } from '../domain/check-entitlements.ts'
import { checkPrices } from '../domain/check-prices.ts'
import { featureKeysOf } from '../domain/entitlement.ts'
import type { PlanVersion } from '../domain/plan.ts'
import { meterKeysOf, type Price } from '../domain/price.ts'
import { fromProtoEntitlement } from './convert-entitlement.ts'
import { completeTerms, fromProtoInterval, fromProtoPrices, toTermsJson } from './convert-plan.ts'
import { addsQuantities, type Meters, readMeters } from './read-meters.ts'

/** What a version of a plan is made of, before it has a number. */
export type AcceptedTerms = Pick<
  PlanVersion,
  'intervalUnit' | 'intervalCount' | 'meterKeys' | 'featureKeys' | 'terms'
>

/**
 * Checks the terms of a plan and completes them. `path` is their place in the request. Checks in
 * this order: the prices by themselves (`plan.invalid_price`), the entitlements by themselves
 * (`plan.invalid_entitlement`), that each meter exists (`plan.unknown_meter`), that those of
 * entitlements add quantities (`plan.invalid_entitlement`).
 */
export async function acceptTerms(
  ctx: SubscriptionContext,
  call: HandlerContext,
  request: { tenant: string; terms: PlanTerms; path: string },
): Promise<AcceptedTerms> {
  const { tenant, path } = request
  const terms = completeTerms(request.terms)
  const prices = fromProtoPrices(terms.prices)
  const entitlements = terms.entitlements.map(fromProtoEntitlement)
  refuseInvalidPrices(
    prices.length + entitlements.length === 0
      ? [{ field: `${path}.prices`, message: 'must not be empty without entitlements' }]
      : checkPrices(prices, terms.currency, `${path}.prices`),
  )
  refuseInvalidEntitlements(checkEntitlements(entitlements, `${path}.entitlements`))
  const meterKeys = meterKeysOf(prices)
  const named = new Set([...meterKeys, ...meterKeysOf(entitlements)])
  const meters = await readMeters(ctx, call, tenant, [...named])
  refuseUnknownMeters([
    ...unknownMeters(prices, meters, `${path}.prices`),
    ...unknownMeters(entitlements, meters, `${path}.entitlements`),
  ])
  refuseInvalidEntitlements(
    entitlements.flatMap(({ meterKey }, index) =>
      addsQuantities(meters.get(meterKey))
        ? []
        : [
            {
              field: `${path}.entitlements[${index}].meter_key`,
              message: 'must be a meter that sums the quantity of its events',
            },
          ],
    ),
  )
  return {
    intervalUnit: fromProtoInterval(terms.interval),
    intervalCount: terms.intervalCount,
    meterKeys,
    featureKeys: featureKeysOf(entitlements),
    terms: toTermsJson(terms),
  }
}

function unknownMeters(
  named: readonly Pick<Price, 'meterKey'>[],
  meters: Meters,
  path: string,
): FieldViolation[] {
  return named.flatMap(({ meterKey }, index) =>
    meterKey === '' || meters.has(meterKey)
      ? []
      : [{ field: `${path}[${index}].meter_key`, message: 'is not the key of a meter' }],
  )
}

function refuseInvalidPrices(fields: readonly FieldViolation[]): void {
  if (fields.length === 0) return
  throw new PurserError('plan.invalid_price', 'The prices of the plan cannot be rated.', { fields })
}

function refuseInvalidEntitlements(fields: readonly FieldViolation[]): void {
  if (fields.length === 0) return
  const message = 'The entitlements of the plan cannot be decided.'
  throw new PurserError('plan.invalid_entitlement', message, { fields })
}

function refuseUnknownMeters(fields: readonly FieldViolation[]): void {
  if (fields.length === 0) return
  throw new PurserError('plan.unknown_meter', 'The plan names a meter that does not exist.', {
    fields,
  })
}
