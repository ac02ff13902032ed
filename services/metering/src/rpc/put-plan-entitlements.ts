import { create } from '@bufbuild/protobuf'
import type { Entitlement } from '@purser/contracts/common/v1/entitlement'
import {
  PutPlanEntitlementsResponseSchema,
  type PutPlanEntitlementsRequest,
  type PutPlanEntitlementsResponse,
} from '@purser/contracts/metering/v1/metering'
import { type FieldViolation, PurserError } from '@purser/kernel'
import type { MeteringContext } from '../context.ts'
import type { Meter } from '../domain/meter.ts'
import { putPlanEntitlements as storeEntitlements } from '../limits/plan-entitlement-store.ts'
import type { PlanEntitlement } from '../domain/plan-terms.ts'
import { listMeters } from '../store/meter.ts'
import { fromProtoEntitlement } from './convert-entitlement.ts'

/**
 * Stores what a plan version entitles to, once. Throws `request.invalid` for a meter that there is not or that does
 * not sum the quantities of its events, and for keys that stand twice; `metering.entitlements_differ` when the
 * version is known with others.
 */
export function putPlanEntitlements(ctx: MeteringContext) {
  return async (req: PutPlanEntitlementsRequest): Promise<PutPlanEntitlementsResponse> => {
    const { tenant, planKey, version } = req
    const outcome = await ctx.db.tx(tenant, async (tx) => {
      // Not from the cache: the meter may have been made by another process a moment ago.
      const meters = await listMeters(tx, tenant)
      const entitlements = checked(req.entitlements, meters)
      return await storeEntitlements(tx, tenant, { planKey, version }, entitlements)
    })
    if (outcome === 'differs') {
      throw new PurserError(
        'metering.entitlements_differ',
        `Version ${version} of plan "${planKey}" has other entitlements; versions never change.`,
      )
    }
    return create(PutPlanEntitlementsResponseSchema)
  }
}

function checked(entitlements: Entitlement[], meters: readonly Meter[]): PlanEntitlement[] {
  const meterByKey = new Map(meters.map((meter) => [meter.meterKey, meter]))
  const fields: FieldViolation[] = []
  const refuse = (field: string, message: string) => fields.push({ field, message })
  const features = new Set<string>()
  const known = entitlements.map((entitlement, index) => {
    const place = `entitlements[${index}]`
    const meter = meterByKey.get(entitlement.meterKey)
    if (meter === undefined) refuse(`${place}.meter_key`, 'there is no such meter')
    else if (!sumsQuantities(meter)) {
      refuse(`${place}.meter_key`, 'must be a meter that sums the quantities of its events')
    }
    if (features.has(entitlement.featureKey)) refuse(`${place}.feature_key`, 'stands twice')
    features.add(entitlement.featureKey)
    const limitKeys = new Set<string>()
    for (const [limitIndex, { limitKey }] of entitlement.limits.entries()) {
      if (limitKeys.has(limitKey))
        refuse(`${place}.limits[${limitIndex}].limit_key`, 'stands twice')
      limitKeys.add(limitKey)
    }
    return fromProtoEntitlement(entitlement, meter?.eventType ?? '')
  })
  if (fields.length === 0) return known
  throw new PurserError(
    'request.invalid',
    'The entitlements contradict themselves or the meters.',
    {
      fields,
    },
  )
}

function sumsQuantities({ aggregation, valueProperty }: Meter): boolean {
  return aggregation === 'sum' && valueProperty === undefined
}
