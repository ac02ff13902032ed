import type { HandlerContext } from '@connectrpc/connect'
import type { Run, StartRunRequest } from '@purser/contracts/billing/v1/billing'
import { recordAct } from '@purser/idempotency'
import { newId, PurserError } from '@purser/kernel'
import type { BillingContext } from '../context.ts'
import { periodToBill, type Run as DomainRun, stageOf } from '../domain/run.ts'
import { runRequested } from '../events.ts'
import { executeRun, readRun } from '../run/execute-run.ts'
import { findOpenRun, insertRun } from '../store/run.ts'
import { describeRun } from './get-run.ts'
import { tenantTimeZone } from './tenant-time-zone.ts'

/** The safety net goes on with a run this long after its deadline, when its process died without a word. */
const RESUME_AFTER_DEADLINE_MS = 30_000

/**
 * Bills a month, or joins the run that does so already. Throws `billing.period_not_ended`,
 * `billing.run_deadline_exceeded`, and `billing.run_in_progress` when synthetic events are asked for while a run
 * of the month is open.
 */
export function startRun(ctx: BillingContext) {
  return async (req: StartRunRequest, call: HandlerContext): Promise<Run> => {
    const { tenant, background } = req
    const timeoutMs = req.deadlineSeconds > 0 ? req.deadlineSeconds * 1_000 : ctx.runTimeoutMs
    const { runId } = await openRun(ctx, req, call, timeoutMs)
    if (!background) await executeRun(ctx, { tenant, runId, timeoutMs, signal: call.signal })
    return await describeRun(ctx, tenant, await readRun(ctx, tenant, runId))
  }
}

async function openRun(
  ctx: BillingContext,
  req: StartRunRequest,
  call: HandlerContext,
  timeoutMs: number,
): Promise<DomainRun> {
  const { tenant, records, background } = req
  const timeZone = await tenantTimeZone(ctx, tenant, call)
  const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
  const { period, window } = periodToBill(req.period || undefined, timeZone, now)
  const wanted = newRun({ period, window, records, createdAt: now })
  return await ctx.db.tx(tenant, async (tx) => {
    const inserted = await insertRun(tx, tenant, wanted)
    const run = inserted ? wanted : await findOpenRun(tx, tenant, period)
    if (run === undefined) throw runJustEnded(period)
    if (inserted) await runRequested(tx, tenant, run)
    if (!inserted && records > 0n) throw runInProgress(run)
    const object = { run_id: run.runId, period }
    await recordAct(tx, call, { object, occurredAt: ctx.clock.now() })
    const runAt = background ? now : now.add({ milliseconds: timeoutMs + RESUME_AFTER_DEADLINE_MS })
    const payload = { tenant, runId: run.runId, timeoutMs, background }
    await ctx.addJob(tx, 'resume-run', payload, {
      jobKey: `resume-run/${tenant}/${run.runId}`,
      runAt,
    })
    return run
  })
}

function newRun(given: Pick<DomainRun, 'period' | 'window' | 'records' | 'createdAt'>): DomainRun {
  const run = {
    ...given,
    runId: newId('run'),
    generatedCount: 0n,
    generationMs: 0n,
    generatedAt: undefined,
    watermark: undefined,
    plannedAt: undefined,
    workedMs: 0n,
    resumedAt: undefined,
    endedAt: undefined,
  }
  return { ...run, status: stageOf(run) }
}

function runInProgress(run: DomainRun): PurserError {
  return new PurserError(
    'billing.run_in_progress',
    `Run ${run.runId} of ${run.period} is open; finish it first: start a run of that month without records.`,
    { details: { run_id: run.runId } },
  )
}

function runJustEnded(period: string): PurserError {
  return new PurserError('platform.unavailable', `A run of ${period} ended this moment; ask again.`)
}
