import { asService, toProtoTimestamp } from '@purser/rpc'
import type { BillingContext } from '../context.ts'
import { addAdjustments, addChunks, retryFailedItems } from '../store/billing-chunk.ts'
import { addLateAccounts, findOldestWatermark } from '../store/late-account.ts'
import {
  advancePlanning,
  finishPlanning,
  lockPlanning,
  stampWatermark,
} from '../store/run-progress.ts'
import { readDuePeriods } from './due-periods.ts'
import type { RunTask } from './run-task.ts'

/** Subscriptions, or accounts with late usage, read at once. */
const PAGE_SIZE = 5_000

/**
 * Collects what a run has to bill: every period that ends in its month and is not in the ledger yet, what
 * failed before, and late usage. Whoever is interrupted or works beside another one goes on where the planning
 * stands.
 */
export async function planRun(ctx: BillingContext, task: RunTask): Promise<void> {
  const { tenant, run } = task
  const { runId, window } = run
  const watermark = run.watermark ?? (await drawWatermark(ctx, task))
  while (await addNextPage(ctx, task)) task.signal.throwIfAborted()
  await findLateUsage(ctx, task, watermark)
  const now = ctx.clock.now({ tenantId: tenant })
  await ctx.db.tx(tenant, async (tx) => {
    if ((await lockPlanning(tx, tenant, runId)) === undefined) return
    await retryFailedItems(tx, tenant, runId, window)
    await addAdjustments(tx, tenant, runId, window)
    await finishPlanning(tx, tenant, { runId, now })
  })
}

async function drawWatermark(
  ctx: BillingContext,
  { tenant, run, signal }: RunTask,
): Promise<bigint> {
  const { watermark } = await ctx.clients.metering.takeWatermark(
    { tenant },
    asService('billing', tenant, { signal }),
  )
  return await ctx.db.tx(tenant, (tx) =>
    stampWatermark(tx, tenant, { runId: run.runId, watermark }),
  )
}

/** Adds a page of due periods; answers whether there is another one. */
async function addNextPage(
  ctx: BillingContext,
  { tenant, run, signal }: RunTask,
): Promise<boolean> {
  return await ctx.db.tx(tenant, async (tx) => {
    const { cursor } = (await lockPlanning(tx, tenant, run.runId)) ?? {}
    if (cursor === undefined) return false
    const question = { tenant, window: run.window, pageSize: PAGE_SIZE, pageToken: cursor }
    const options = asService('billing', tenant, { signal })
    const { items, next } = await readDuePeriods(ctx, question, options)
    await addChunks(tx, tenant, run.runId, items)
    await advancePlanning(tx, tenant, { runId: run.runId, cursor: next || undefined })
    return next !== ''
  })
}

async function findLateUsage(
  ctx: BillingContext,
  { tenant, run, signal }: RunTask,
  watermark: bigint,
): Promise<void> {
  const afterWatermark = await ctx.db.tx(tenant, (tx) => findOldestWatermark(tx, tenant), {
    readOnly: true,
  })
  if (afterWatermark === undefined || afterWatermark >= watermark) return
  let pageToken = ''
  do {
    const page = await ctx.clients.metering.listLateAccounts(
      {
        tenant,
        afterWatermark,
        untilWatermark: watermark,
        beforeTime: toProtoTimestamp(run.window.start),
        pageSize: PAGE_SIZE,
        pageToken,
      },
      asService('billing', tenant, { signal }),
    )
    await ctx.db.tx(tenant, (tx) => addLateAccounts(tx, tenant, run.runId, page.accountIds))
    pageToken = page.nextPageToken
  } while (pageToken !== '')
}
