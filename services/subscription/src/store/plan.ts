import { statement, type Tx } from '@purser/postgres'
import type { IntervalUnit, PlanVersion, TermsJson } from '../domain/plan.ts'

const COLUMNS = `
  v.plan_key, v.version, v.interval_unit, v.interval_count, v.meter_keys, v.feature_keys, v.terms,
  v.created_at`

type PlanVersionRow = {
  plan_key: string
  version: number
  interval_unit: IntervalUnit
  interval_count: number
  meter_keys: string[]
  feature_keys: string[]
  terms: TermsJson
  created_at: Temporal.Instant
}

const insertPlanStatement = statement(
  'subscription.insert_plan',
  `insert into plan (tenant_id, plan_key, newest_version)
   values ($1, $2, 1)
   on conflict (tenant_id, plan_key) do nothing`,
)

/** Inserts a plan that is to have version 1; answers false when its key is taken. */
export async function insertPlan(tx: Tx, tenantId: string, planKey: string): Promise<boolean> {
  return (await tx.execute(insertPlanStatement, [tenantId, planKey])) === 1
}

const takeNextVersionStatement = statement(
  'subscription.take_next_version',
  `update plan
   set newest_version = newest_version + 1
   where tenant_id = $1
     and plan_key = $2
   returning newest_version`,
)

/**
 * The number of the plan's next version; undefined for an unknown plan. Locks the plan's row, so
 * that versions are numbered without gaps in the order of their commits.
 */
export async function takeNextVersion(
  tx: Tx,
  tenantId: string,
  planKey: string,
): Promise<number | undefined> {
  const [row] = await tx.query<{ newest_version: number }>(takeNextVersionStatement, [
    tenantId,
    planKey,
  ])
  return row?.newest_version
}

const insertPlanVersionStatement = statement(
  'subscription.insert_plan_version',
  `insert into plan_version (
     tenant_id, plan_key, version, interval_unit, interval_count, meter_keys, feature_keys, terms,
     created_at
   )
   values ($1, $2, $3, $4, $5, $6::text[], $7::text[], $8::jsonb, $9::timestamptz)`,
)

/** Inserts a version; its number is taken under the lock of the plan's row. */
export async function insertPlanVersion(
  tx: Tx,
  tenantId: string,
  plan: PlanVersion,
): Promise<void> {
  await tx.execute(insertPlanVersionStatement, [
    tenantId,
    plan.planKey,
    plan.version,
    plan.intervalUnit,
    plan.intervalCount,
    plan.meterKeys,
    plan.featureKeys,
    plan.terms,
    plan.createdAt,
  ])
}

/** A version of a plan by its number; 0 means the newest. */
export type PlanVersionName = { planKey: string; version: number }

const listPlanVersionsStatement = statement(
  'subscription.list_plan_versions',
  `select wanted.version as wanted_version, ${COLUMNS}
   from unnest($2::text[], $3::integer[]) as wanted(plan_key, version)
   join plan as p
     on p.tenant_id = $1
     and p.plan_key = wanted.plan_key
   join plan_version as v
     on v.tenant_id = p.tenant_id
     and v.plan_key = p.plan_key
     and v.version = coalesce(nullif(wanted.version, 0), p.newest_version)`,
)

/**
 * Those of these versions that exist, each with the number by which it was named. Takes no lock.
 */
export async function listPlanVersions(
  tx: Tx,
  tenantId: string,
  names: readonly PlanVersionName[],
): Promise<{ wantedVersion: number; plan: PlanVersion }[]> {
  const rows = await tx.query<PlanVersionRow & { wanted_version: number }>(
    listPlanVersionsStatement,
    [tenantId, names.map((name) => name.planKey), names.map((name) => name.version)],
  )
  return rows.map((row) => ({ wantedVersion: row.wanted_version, plan: fromRowPlanVersion(row) }))
}

const listPlansStatement = statement(
  'subscription.list_plans',
  `select ${COLUMNS}
   from plan as p
   join plan_version as v
     on v.tenant_id = p.tenant_id
     and v.plan_key = p.plan_key
     and v.version = p.newest_version
   where p.tenant_id = $1
     and p.plan_key > $2
   order by p.plan_key
   limit $3::bigint`,
)

/**
 * Up to `limit` plans whose key comes after `afterKey`, by key, at their newest version. No lock.
 */
export async function listPlans(
  tx: Tx,
  tenantId: string,
  { afterKey, limit }: { afterKey: string; limit: number },
): Promise<PlanVersion[]> {
  const rows = await tx.query<PlanVersionRow>(listPlansStatement, [tenantId, afterKey, limit])
  return rows.map(fromRowPlanVersion)
}

function fromRowPlanVersion(row: PlanVersionRow): PlanVersion {
  return {
    planKey: row.plan_key,
    version: row.version,
    intervalUnit: row.interval_unit,
    intervalCount: row.interval_count,
    meterKeys: row.meter_keys,
    featureKeys: row.feature_keys,
    terms: row.terms,
    createdAt: row.created_at,
  }
}
