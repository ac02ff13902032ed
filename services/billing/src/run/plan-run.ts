import { asService, fromProtoTimestamp, toProtoTimestamp } from '@purser/rpc'
import type { DuePeriod } from '@purser/contracts/subscription/v1/subscription'
import { assert } from '@purser/kernel'
import type { BillingContext } from '../context.ts'
import type { BillingItem } from '../domain/billing-item.ts'
import { addItems, retryFailedItems } from '../store/billing-item.ts'
import { addAdjustmentItems, addLateAccounts, findOldestWatermark } from '../store/late-account.ts'
import { finishPlanning, isPlanning, stampWatermark } from '../store/run-progress.ts'
import type { RunTask } from './run-task.ts'

const PAGE_SIZE = 5_000

/**
 * Collects what a run has to bill: every period that ends in its month and is not in the ledger yet, what
 * failed before, and late usage. Each step may be repeated and may run in two processes at once.
 */
export async function planRun(ctx: BillingContext, task: RunTask): Promise<void> {
  const { tenant, run } = task
  const { runId, window } = run
  const watermark = run.watermark ?? (await drawWatermark(ctx, task))
  await addDuePeriods(ctx, task)
  await findLateUsage(ctx, task, watermark)
  await ctx.db.tx(tenant, async (tx) => {
    if (!(await isPlanning(tx, tenant, runId))) return
    await retryFailedItems(tx, tenant, runId, window)
    await addAdjustmentItems(tx, tenant, runId, window)
  })
  const now = ctx.clock.now({ tenantId: tenant })
  await ctx.db.tx(tenant, (tx) => finishPlanning(tx, tenant, { runId, now }))
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

/** Pages are added in order, each while the next one is read. */
async function addDuePeriods(ctx: BillingContext, task: RunTask): Promise<void> {
  let adding = Promise.resolve()
  let pageToken = ''
  do {
    const page = await readDuePeriods(ctx, task, pageToken).finally(() => adding)
    adding = addPage(ctx, task, page.periods.map(fromProtoDuePeriod))
    // It is awaited below; until then a failure must not count as unhandled.
    adding.catch(() => undefined)
    pageToken = page.nextPageToken
  } while (pageToken !== '')
  await adding
}

function readDuePeriods(ctx: BillingContext, { tenant, run, signal }: RunTask, pageToken: string) {
  return ctx.clients.subscription.listDuePeriods(
    {
      tenant,
      endsAfter: toProtoTimestamp(run.window.start),
      endsUntil: toProtoTimestamp(run.window.end),
      pageSize: PAGE_SIZE,
      pageToken,
    },
    asService('billing', tenant, { signal }),
  )
}

async function addPage(ctx: BillingContext, { tenant, run }: RunTask, items: BillingItem[]) {
  await ctx.db.tx(tenant, async (tx) => {
    if (await isPlanning(tx, tenant, run.runId)) await addItems(tx, tenant, run.runId, items)
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
  const { accountIds } = await ctx.clients.metering.listLateAccounts(
    {
      tenant,
      afterWatermark,
      untilWatermark: watermark,
      beforeTime: toProtoTimestamp(run.window.start),
    },
    asService('billing', tenant, { signal }),
  )
  await ctx.db.tx(tenant, (tx) => addLateAccounts(tx, tenant, run.runId, accountIds))
}

function fromProtoDuePeriod(due: DuePeriod): BillingItem {
  assert(due.periodStart && due.periodEnd, 'a due period has both ends')
  return {
    subscriptionId: due.subscriptionId,
    kind: 'period',
    accountId: due.accountId,
    planKey: due.planKey,
    planVersion: due.planVersion,
    period: { start: fromProtoTimestamp(due.periodStart), end: fromProtoTimestamp(due.periodEnd) },
    billableDays: due.billableDays,
    periodDays: due.periodDays,
  }
}
