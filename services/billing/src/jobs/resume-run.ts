import type { JobHandler } from '@purser/jobs'
import { isPurserError } from '@purser/kernel'
import type { BillingContext } from '../context.ts'
import { executeRun } from '../run/execute-run.ts'
import type { BillingTasks } from './tasks.ts'

/**
 * Goes on with a run: at once for one that was asked for in the background, after its deadline for one whose
 * process may have died. A run that has ended is left alone; one that pauses itself again stays paused.
 */
export function resumeRun(ctx: BillingContext): JobHandler<BillingTasks['resume-run']> {
  return async ({ payload, signal }) => {
    try {
      await executeRun(ctx, { ...payload, signal })
    } catch (error) {
      if (!isPurserError(error) || error.code !== 'billing.run_deadline_exceeded') throw error
    }
  }
}
