import type { JobHandler } from '@purser/jobs'
import { isPurserError } from '@purser/kernel'
import type { BillingContext } from '../context.ts'
import { executeRun, readRun } from '../run/execute-run.ts'
import type { BillingTasks } from './tasks.ts'

/**
 * Works on a run that was asked for in the background, and goes on with one whose process died without a word. A run
 * that has ended is left alone, and so is one that was paused: whoever paused it starts it again.
 */
export function resumeRun(ctx: BillingContext): JobHandler<BillingTasks['resume-run']> {
  return async ({ payload, signal }) => {
    const { tenant, runId, background } = payload
    const { status } = await readRun(ctx, tenant, runId)
    if (status === 'paused' && !background) return
    try {
      await executeRun(ctx, { ...payload, signal })
    } catch (error) {
      if (!isPurserError(error) || error.code !== 'billing.run_deadline_exceeded') throw error
    }
  }
}
