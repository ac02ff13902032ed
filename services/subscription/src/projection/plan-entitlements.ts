import type { Entitlement } from '@purser/contracts/common/v1/entitlement'
import { assert } from '@purser/kernel'
import type { TellingContext } from '../context.ts'
import { entitlementsOf } from '../rpc/convert-plan.ts'
import { listPlanVersions, type PlanVersionName } from '../store/plan.ts'

/** The entitlements of a version, as its terms fix them. */
export async function readEntitlements(
  ctx: TellingContext,
  tenant: string,
  name: PlanVersionName,
): Promise<Entitlement[]> {
  const [found] = await ctx.db.tx(tenant, (tx) => listPlanVersions(tx, tenant, [name]), {
    readOnly: true,
  })
  assert(found, 'a version stays')
  return entitlementsOf(found.plan)
}
