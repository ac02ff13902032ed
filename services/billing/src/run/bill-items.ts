import { setTimeout as delay } from 'node:timers/promises'
import type { Tx } from '@purser/postgres'
import type { BillingContext } from '../context.ts'
import { runCompleted } from '../events.ts'
import {
  claimItems,
  firstPlace,
  hasPendingItems,
  type ItemPlace,
  parkItems,
  settleItems,
} from '../store/billing-item.ts'
import { finishRun } from '../store/run-progress.ts'
import { billChunk } from './bill-chunk.ts'
import type { RunTask } from './run-task.ts'
import { PlanReader } from './plan-reader.ts'

/** Items billed in one transaction: enough to bill in sets, few enough that several workers share a run. */
const CHUNK_SIZE = 1000

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
    const pending = await ctx.db.tx(tenant, (tx) => hasPendingItems(tx, tenant, run.runId))
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

/** One worker: a chunk a transaction, until every item is billed or in the hands of others. */
async function workUntilNoneLeft(
  ctx: BillingContext,
  task: RunTask,
  plans: PlanReader,
  stop: AbortSignal,
): Promise<void> {
  const signal = AbortSignal.any([task.signal, stop])
  let from = firstPlace
  while (true) {
    signal.throwIfAborted()
    const place = from
    const last = await ctx.limiter.do(() => billNextChunk(ctx, { ...task, signal }, plans, place))
    if (last === undefined && place === firstPlace) return
    // Behind the last claim nothing is left; what others gave back lies before it.
    from = last ?? firstPlace
  }
}

/**
 * Claims a chunk, bills it and settles it in one transaction, so that a crash gives the claim back at once.
 * Invoices are issued by their own service before this commits; when it does not commit, the chunk is billed
 * again and the invoices are found as they are. Answers the last item; undefined when there was none to claim.
 */
async function billNextChunk(
  ctx: BillingContext,
  task: RunTask,
  plans: PlanReader,
  from: ItemPlace,
): Promise<ItemPlace | undefined> {
  const { tenant, run, signal } = task
  return await ctx.db.tx(
    tenant,
    async (tx) => {
      const items = await claimItems(tx, tenant, { runId: run.runId, limit: CHUNK_SIZE, from })
      const last = items.at(-1)
      if (last === undefined) return undefined
      const { billed, failed, watermark } = await billChunk(ctx, { ...task, tx, items, plans })
      await settleItems(tx, tenant, watermark, billed)
      await parkItems(tx, tenant, failed)
      return last
    },
    { signal },
  )
}
