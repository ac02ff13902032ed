import type { JobHandler } from '@purser/jobs'
import type { TellingContext } from '../context.ts'
import { tellEverything } from '../projection/tell-metering.ts'
import type { SubscriptionTasks } from './tasks.ts'

/**
 * Tells metering whatever it has not confirmed of the tenant: what was changed when it did not answer,
 * or by a process that died between its commit and the call. Mostly finds nothing to do.
 */
export function tellMeteringJob(
  ctx: TellingContext,
): JobHandler<SubscriptionTasks['tell-metering']> {
  return async ({ payload, signal }) => await tellEverything(ctx, payload.tenant, signal)
}
