import type { FieldViolation } from '@purser/kernel'
import type { Entitlement, UsageLimit } from './entitlement.ts'
import { MAX_SEATS } from './subscription.ts'

/** Units that JSON carries exactly (2^53 - 1). */
const maxUnits = BigInt(Number.MAX_SAFE_INTEGER)

type Refuse = (field: string, message: string) => void

/**
 * What is wrong with the entitlements of a plan by themselves, empty if nothing is. `path` is the
 * place of the list in the request: `terms.entitlements` gives
 * `terms.entitlements[0].limits[1].window_seconds`.
 *
 * Feature keys are unique in the plan, limit keys in the feature, shares in the list of alerts. Only
 * rolling and fixed windows have a length. The units of a limit, burst included and for the most
 * seats, are at most 2^53 - 1.
 */
export function checkEntitlements(
  entitlements: readonly Entitlement[],
  path: string,
): FieldViolation[] {
  const violations: FieldViolation[] = []
  const features = new Set<string>()
  for (const [index, entitlement] of entitlements.entries()) {
    const refuse: Refuse = (field, message) => {
      violations.push({ field: `${path}[${index}].${field}`, message })
    }
    if (features.has(entitlement.featureKey)) refuse('feature_key', 'must be unique in the plan')
    features.add(entitlement.featureKey)
    checkLimits(entitlement.limits, refuse)
    checkAlerts(entitlement.alertPercents, refuse)
  }
  return violations
}

function checkLimits(limits: readonly UsageLimit[], refuse: Refuse): void {
  const keys = new Set<string>()
  for (const [index, limit] of limits.entries()) {
    const field = `limits[${index}]`
    if (keys.has(limit.limitKey)) refuse(`${field}.limit_key`, 'must be unique in the feature')
    keys.add(limit.limitKey)
    checkWindow(limit, (name, message) => refuse(`${field}.${name}`, message))
    if (mostUnits(limit) > maxUnits) {
      const seats = limit.scope === 'seat' ? ` for ${MAX_SEATS} seats` : ''
      refuse(`${field}.quantity`, `must not come to more than ${maxUnits} units${seats}`)
    }
  }
}

function checkWindow({ window, windowSeconds }: UsageLimit, refuse: Refuse): void {
  const hasLength = window === 'rolling' || window === 'fixed'
  if (!hasLength && windowSeconds !== 0) {
    refuse('window_seconds', 'must be 0, except for a rolling or fixed window')
  }
}

function mostUnits({ quantity, burst, scope }: UsageLimit): bigint {
  return quantity * (scope === 'seat' ? BigInt(MAX_SEATS) : 1n) + burst
}

function checkAlerts(percents: readonly number[], refuse: Refuse): void {
  for (const [index, percent] of percents.entries()) {
    if (percents.indexOf(percent) < index) refuse(`alert_percents[${index}]`, 'must be unique')
  }
}
