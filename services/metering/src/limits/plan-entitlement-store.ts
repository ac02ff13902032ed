import { createHash } from 'node:crypto'
import { statement, type Tx } from '@purser/postgres'
import type { PlanEntitlement, PlanVersion } from '../domain/plan-terms.ts'

const insertPlanStatement = statement(
  'metering.insert_entitled_plan',
  `insert into entitled_plan (tenant_id, plan_key, plan_version, content_hash)
   values ($1, $2, $3::integer, $4::bytea)
   on conflict (tenant_id, plan_key, plan_version) do nothing`,
)

const sameContentStatement = statement(
  'metering.same_entitlements',
  `select content_hash = $4::bytea as same
   from entitled_plan
   where tenant_id = $1
     and plan_key = $2
     and plan_version = $3::integer`,
)

const insertEntitlementsStatement = statement(
  'metering.insert_plan_entitlements',
  `insert into plan_entitlement (
     tenant_id, plan_key, plan_version, feature_key, meter_key, event_type, overage_allowed, admits_on_outage,
     alert_percents)
   select $1, $2, $3::integer, e.feature_key, e.meter_key, e.event_type, e.overage_allowed, e.admits_on_outage,
     array(select jsonb_array_elements_text(e.alert_percents)::integer)
   from jsonb_to_recordset($4::jsonb) as e (
     feature_key text, meter_key text, event_type text, overage_allowed boolean, admits_on_outage boolean,
     alert_percents jsonb)`,
)

const insertLimitsStatement = statement(
  'metering.insert_plan_limits',
  `insert into plan_limit (
     tenant_id, plan_key, plan_version, feature_key, limit_key, quantity, burst, per_seat, window_kind,
     window_seconds)
   select $1, $2, $3::integer, l.feature_key, l.limit_key, l.quantity, l.burst, l.per_seat, l.window_kind,
     l.window_seconds
   from jsonb_to_recordset($4::jsonb) as l (
     feature_key text, limit_key text, quantity bigint, burst bigint, per_seat boolean, window_kind text,
     window_seconds integer)`,
)

/**
 * Stores what a plan version entitles to, once. Answers `differs`, and changes nothing, when the version is known
 * with other entitlements. Concurrent calls for the same version wait for each other at its row.
 */
export async function putPlanEntitlements(
  tx: Tx,
  tenantId: string,
  { planKey, version }: PlanVersion,
  entitlements: readonly PlanEntitlement[],
): Promise<'stored' | 'known' | 'differs'> {
  const features = JSON.stringify(entitlements.map(toRowEntitlement))
  const limits = JSON.stringify(entitlements.flatMap(toRowLimits))
  const hash = createHash('sha256').update(features).update(limits).digest()
  const plan = [tenantId, planKey, version]
  if ((await tx.execute(insertPlanStatement, [...plan, hash])) === 0) {
    const [row] = await tx.query<{ same: boolean }>(sameContentStatement, [...plan, hash])
    return row?.same ? 'known' : 'differs'
  }
  await tx.execute(insertEntitlementsStatement, [...plan, features])
  await tx.execute(insertLimitsStatement, [...plan, limits])
  return 'stored'
}

function toRowEntitlement(entitlement: PlanEntitlement) {
  return {
    feature_key: entitlement.featureKey,
    meter_key: entitlement.meterKey,
    event_type: entitlement.eventType,
    overage_allowed: entitlement.overageAllowed,
    admits_on_outage: entitlement.admitsOnOutage,
    alert_percents: entitlement.alertPercents,
  }
}

function toRowLimits({ featureKey, limits }: PlanEntitlement) {
  return limits.map((limit) => ({
    feature_key: featureKey,
    limit_key: limit.limitKey,
    quantity: String(limit.quantity),
    burst: String(limit.burst),
    per_seat: limit.perSeat,
    window_kind: limit.windowKind,
    window_seconds: limit.windowSeconds,
  }))
}
