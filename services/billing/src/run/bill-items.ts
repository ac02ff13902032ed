import { setTimeout as delay } from 'node:timers/promises'
import type { Tx } from '@purser/postgres'
import type { BillingContext } from '../context.ts'
import { runCompleted } from '../events.ts'
import { claimChunk, dropChunk, hasChunks } from '../store/billing-chunk.ts'
import { addBilledItems, addFailedItems } from '../store/billing-item.ts'
import { finishRun } from '../store/run-progress.ts'
import { billChunk } from './bill-chunk.ts'
import type { RunTask } from './run-task.ts'
import { PlanReader } from './plan-reader.ts'

/** Pause before looking again when the rest of a run is in the hands of others. */
const OTHERS_WORK_MS = 50

/** Bills the items of a planned run with `maxWorkers` workers until none is left, then ends the run. */
export async function billItems(ctx: BillingContext, task: RunTask): Promise<void> {
  const { tenant, run, signal, workedMs } = task
  const plans = new PlanReader(ctx.clients.subscription, tenant)
  const stop = new AbortController()
  const workers = Array.from({ length: ctx.maxWorkers }, () =>
    ctx.limiter
      .go(() => workUntilNoneLeft(ctx, task, plans, stop.signal))
      .catch((error: unknown) => {
        stop.abort(error)
        throw error
      }),
  )
  const failed = (await Promise.allSettled(workers)).find((result) => result.status === 'rejected')
  if (failed !== undefined) throw stop.signal.reason
  while (!(await ctx.db.tx(tenant, (tx) => endRun(ctx, tx, task)))) {
    signal.throwIfAborted()
    const pending = await ctx.db.tx(tenant, (tx) => hasChunks(tx, tenant, run.runId))
    if (!pending) return
    await delay(OTHERS_WORK_MS, undefined, { signal })
    await workUntilNoneLeft(ctx, task, plans, stop.signal)
  }
  ctx.log.info({ tenant, runId: run.runId, workedMs: Number(workedMs()) }, 'billing run ended')
}

/** Ends the run and tells so, unless items are left or another process ended it. */
async function endRun(
  ctx: BillingContext,
  tx: Tx,
  { tenant, run, workedMs }: RunTask,
): Promise<boolean> {
  const now = ctx.clock.now({ tenantId: tenant })
  const ended = await finishRun(tx, tenant, { runId: run.runId, now, workedMs: workedMs() })
  if (ended) await runCompleted(tx, tenant, run, now)
  return ended
}

/** One worker: a chunk a transaction, until every one is billed or in the hands of others. */
async function workUntilNoneLeft(
  ctx: BillingContext,
  task: RunTask,
  plans: PlanReader,
  stop: AbortSignal,
): Promise<void> {
  const signal = AbortSignal.any([task.signal, stop])
  do signal.throwIfAborted()
  while (await ctx.limiter.do(() => billNextChunk(ctx, { ...task, signal }, plans)))
}

/**
 * Claims a chunk, bills it and settles it in one transaction, so that a crash gives the claim back at once.
 * Invoices are issued by their own service before this commits; when it does not commit, the chunk is billed
 * again and the invoices are found as they are. Answers whether there was one to claim.
 */
async function billNextChunk(
  ctx: BillingContext,
  task: RunTask,
  plans: PlanReader,
): Promise<boolean> {
  const { tenant, run, signal } = task
  const { runId } = run
  return await ctx.db.tx(
    tenant,
    async (tx) => {
      const chunk = await claimChunk(tx, tenant, runId)
      if (chunk === undefined) return false
      const { items } = chunk
      const { billed, failed, watermark } = await billChunk(ctx, { ...task, tx, items, plans })
      await addBilledItems(tx, tenant, { runId, watermark }, billed)
      await addFailedItems(tx, tenant, runId, failed)
      await dropChunk(tx, tenant, runId, chunk)
      return true
    },
    { signal },
  )
}
