import { Deadline } from '@purser/concurrency'
import { PurserError } from '@purser/kernel'
import type { BillingContext } from '../context.ts'
import { isEnded, stageOf, type Run } from '../domain/run.ts'
import { findRun } from '../store/run.ts'
import { enterStage, pauseRun } from '../store/run-progress.ts'
import { billItems } from './bill-items.ts'
import { generateUsage } from './generate-usage.ts'
import { planRun } from './plan-run.ts'
import type { RunTask } from './run-task.ts'

/**
 * Works on a run until it ends; several processes may do so at once. A run that has ended is left alone.
 * Throws `billing.run_deadline_exceeded` after pausing the run when `timeoutMs` pass first, and what the signals
 * were aborted with otherwise; whatever it throws, the run is paused and may be started again.
 */
export async function executeRun(
  ctx: BillingContext,
  options: { tenant: string; runId: string; timeoutMs: number; signal?: AbortSignal },
): Promise<void> {
  const { tenant, runId, timeoutMs } = options
  const startedMs = performance.now()
  const workedMs = () => BigInt(Math.round(performance.now() - startedMs))
  using deadline = new Deadline({ timeoutMs, code: 'billing.run_deadline_exceeded' })
  const signals = [deadline.signal, ctx.draining, ...(options.signal ? [options.signal] : [])]
  const signal = AbortSignal.any(signals)
  const run = await readRun(ctx, tenant, runId)
  if (isEnded(run.status)) return
  try {
    await workThrough(ctx, { tenant, run, signal, workedMs })
  } catch (error) {
    await ctx.db.tx(tenant, (tx) => pauseRun(tx, tenant, { runId, workedMs: workedMs() }))
    ctx.log.warn({ err: error, tenant, runId }, 'billing run paused')
    throw deadline.signal.aborted ? deadlineExceeded(runId, timeoutMs) : error
  }
}

async function workThrough(ctx: BillingContext, task: RunTask): Promise<void> {
  const { tenant, run, signal } = task
  const stages = { generating: generateUsage, planning: planRun, running: billItems } as const
  for (let current = run; !isEnded(current.status); ) {
    const stage = stageOf(current) as keyof typeof stages
    signal.throwIfAborted()
    const change = { runId: run.runId, stage, now: ctx.clock.now({ tenantId: tenant }) }
    await ctx.db.tx(tenant, (tx) => enterStage(tx, tenant, change))
    await stages[stage](ctx, { ...task, run: current })
    current = await readRun(ctx, tenant, run.runId)
  }
}

/** The run with this id. Throws `resource.not_found`. */
export async function readRun(ctx: BillingContext, tenant: string, runId: string): Promise<Run> {
  const run = await ctx.db.tx(tenant, (tx) => findRun(tx, tenant, runId), { readOnly: true })
  if (run === undefined)
    throw new PurserError('resource.not_found', `There is no billing run "${runId}".`)
  return run
}

function deadlineExceeded(runId: string, timeoutMs: number): PurserError {
  return new PurserError(
    'billing.run_deadline_exceeded',
    `The run was not done within ${timeoutMs / 1_000} s and is paused; start it again and it goes on.`,
    { details: { run_id: runId, timeout_ms: String(timeoutMs) } },
  )
}
