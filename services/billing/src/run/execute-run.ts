import { Deadline } from '@purser/concurrency'
import { newId, PurserError } from '@purser/kernel'
import type { BillingContext } from '../context.ts'
import { isEnded, stageOf, type Run } from '../domain/run.ts'
import { findRun } from '../store/run.ts'
import { enterStage, pauseRun } from '../store/run-progress.ts'
import { leaveRun } from '../store/run-worker.ts'
import { billItems } from './bill-items.ts'
import { generateUsage } from './generate-usage.ts'
import { planRun } from './plan-run.ts'
import { type Presence, whilePresent } from './presence.ts'
import type { RunTask } from './run-task.ts'

/**
 * Works on a run until it ends; several processes may do so at once. A run that has ended is left alone.
 * Throws `billing.run_deadline_exceeded` when `timeoutMs` pass first, and what the signals were aborted with
 * otherwise; whatever it throws, the run may be started again, and is paused unless others go on with it.
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
  const presence = { runId, workerId: newId('worker'), stage: stageOf(run) }
  try {
    await whilePresent(ctx, tenant, presence, () =>
      workThrough(ctx, { tenant, run, signal, workedMs }, presence),
    )
    await ctx.db.tx(tenant, (tx) => leaveRun(tx, tenant, presence))
  } catch (error) {
    const isPaused = await ctx.db.tx(tenant, (tx) =>
      pauseRun(tx, tenant, { ...presence, workedMs: workedMs() }),
    )
    const message = isPaused ? 'billing run paused' : 'billing run left to others'
    ctx.log.warn({ err: error, tenant, runId }, message)
    throw deadline.signal.aborted ? deadlineExceeded(runId, timeoutMs, isPaused) : error
  }
}

async function workThrough(ctx: BillingContext, task: RunTask, presence: Presence): Promise<void> {
  const { tenant, run, signal } = task
  const stages = { generating: generateUsage, planning: planRun, running: billItems } as const
  for (let current = run; !isEnded(current.status); ) {
    const stage = stageOf(current) as keyof typeof stages
    signal.throwIfAborted()
    presence.stage = stage
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

function deadlineExceeded(runId: string, timeoutMs: number, isPaused: boolean): PurserError {
  const state = isPaused
    ? 'is paused; start it again and it goes on'
    : 'others went on with it; ask for the run, or start it again to wait for it'
  return new PurserError(
    'billing.run_deadline_exceeded',
    `The run was not done within ${timeoutMs / 1_000} s and ${state}.`,
    { details: { run_id: runId, timeout_ms: String(timeoutMs) } },
  )
}
