import type { GetRunRequest, Run } from '@purser/contracts/billing/v1/billing'
import type { BillingContext } from '../context.ts'
import type { Run as DomainRun } from '../domain/run.ts'
import { readRun } from '../run/execute-run.ts'
import { listRunFailures, readRunTotals } from '../store/run-totals.ts'
import { toProtoRun } from './convert-run.ts'

/** Failures that a run tells one by one. */
const MAX_FAILURES = 20

/** Answers one run. Throws `resource.not_found`. */
export function getRun(ctx: BillingContext) {
  return async ({ tenant, runId }: GetRunRequest): Promise<Run> =>
    describeRun(ctx, tenant, await readRun(ctx, tenant, runId))
}

/** A run as it is answered, with what it has come to. */
export async function describeRun(
  ctx: BillingContext,
  tenant: string,
  run: DomainRun,
): Promise<Run> {
  return await ctx.db.tx(
    tenant,
    async (tx) => {
      const totals = await readRunTotals(tx, tenant, run.runId)
      const failures =
        totals.failedCount === 0n ? [] : await listRunFailures(tx, tenant, run.runId, MAX_FAILURES)
      return toProtoRun(run, totals, failures, ctx.clock.now({ tenantId: tenant }))
    },
    { readOnly: true },
  )
}
