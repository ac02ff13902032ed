import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { timestampFromMs } from '@bufbuild/protobuf/wkt'
import {
  type FeatureStanding,
  FeatureStandingSchema,
  type FeatureUnits as ProtoFeatureUnits,
} from '@purser/contracts/metering/v1/metering'
import { type FieldViolation, PurserError } from '@purser/kernel'
import type { FeatureAnswer, FeatureUnits } from '../limits/usage-request.ts'

/** Features and units that a request names. Throws `request.invalid` for one that stands twice, or has too few units. */
export function fromProtoFeatures(
  features: readonly ProtoFeatureUnits[],
  leastUnits: 0n | 1n = 1n,
): FeatureUnits[] {
  const fields: FieldViolation[] = []
  const seen = new Set<string>()
  const units = features.map(({ featureKey, quantity = 1n }, index) => {
    if (seen.has(featureKey)) {
      fields.push({ field: `features[${index}].feature_key`, message: 'stands twice' })
    }
    seen.add(featureKey)
    if (quantity < leastUnits) {
      fields.push({
        field: `features[${index}].quantity`,
        message: `must be at least ${leastUnits}`,
      })
    }
    return { featureKey, units: quantity }
  })
  if (fields.length === 0) return units
  throw new PurserError('request.invalid', 'The features cannot be taken as they are.', { fields })
}

/** JSON text of properties; undefined when there are none. */
export function propertiesJsonOf(properties: Record<string, string>): string | undefined {
  for (const _ in properties) return JSON.stringify(properties)
  return undefined
}

/** A time in milliseconds since 1970. */
export function toProtoTime(epochMs: number | undefined) {
  if (epochMs === undefined) return undefined
  return timestampFromMs(Math.ceil(epochMs))
}

/** Where an account stands with a feature. */
export function toProtoStanding(answer: FeatureAnswer): FeatureStanding {
  const { featureKey, reason, standing } = answer
  const init: MessageInitShape<typeof FeatureStandingSchema> = {
    featureKey,
    allowed: reason === undefined,
    reason: reason ?? '',
  }
  if (standing !== undefined) {
    init.limitKey = standing.limitKey
    init.limit = BigInt(standing.limit)
    init.remaining = BigInt(standing.remaining)
    const reset = toProtoTime(standing.resetMs)
    if (reset) init.resetTime = reset
    const retry = toProtoTime(standing.retryMs)
    if (retry) init.retryTime = retry
  }
  return create(FeatureStandingSchema, init)
}
