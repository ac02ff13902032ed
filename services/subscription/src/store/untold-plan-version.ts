import { statement, type Tx } from '@purser/postgres'
import type { PlanVersionName } from './plan.ts'

const insertUntoldStatement = statement(
  'subscription.insert_untold_plan_version',
  `insert into untold_plan_version (tenant_id, plan_key, version)
   values ($1, $2, $3::integer)`,
)

/** Notes that metering has yet to be told of a version, in the transaction that inserts it. */
export async function insertUntoldPlanVersion(
  tx: Tx,
  tenantId: string,
  { planKey, version }: PlanVersionName,
): Promise<void> {
  await tx.execute(insertUntoldStatement, [tenantId, planKey, version])
}

const listUntoldStatement = statement(
  'subscription.list_untold_plan_versions',
  `select plan_key, version
   from untold_plan_version
   where tenant_id = $1
   order by plan_key, version`,
)

/** The versions that metering has not confirmed: few, whatever the tenant sells. Takes no lock. */
export async function listUntoldPlanVersions(tx: Tx, tenantId: string): Promise<PlanVersionName[]> {
  const rows = await tx.query<{ plan_key: string; version: number }>(listUntoldStatement, [
    tenantId,
  ])
  return rows.map((row) => ({ planKey: row.plan_key, version: row.version }))
}

const removeUntoldStatement = statement(
  'subscription.remove_untold_plan_version',
  `delete from untold_plan_version
   where tenant_id = $1
     and plan_key = $2
     and version = $3::integer`,
)

/** Notes that metering has the version. */
export async function removeUntoldPlanVersion(
  tx: Tx,
  tenantId: string,
  { planKey, version }: PlanVersionName,
): Promise<void> {
  await tx.execute(removeUntoldStatement, [tenantId, planKey, version])
}
