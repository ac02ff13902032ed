import type { MessageInitShape } from '@bufbuild/protobuf'
import { AccountKind } from '@purser/contracts/user/v1/user'
import type { IngestEventsRequestSchema } from '@purser/contracts/metering/v1/metering'
import { assert, type Period } from '@purser/kernel'
import { asService, toProtoTimestamp } from '@purser/rpc'
import type { BillingContext } from '../context.ts'
import {
  syntheticAccountCount,
  syntheticAccountId,
  syntheticEvent,
} from '../domain/synthetic-usage.ts'
import { finishGenerating } from '../store/run-progress.ts'
import type { RunTask } from './run-task.ts'
import { ensureSyntheticPlan, SYNTHETIC_EVENT_TYPE, SYNTHETIC_PLAN_KEY } from './synthetic-plan.ts'

const ACCOUNTS_PER_CALL = 5_000
const EVENTS_PER_PIECE = 500

/**
 * Sends the run's synthetic events through the ingest that callers use, for accounts of its own, in bounded
 * memory. Doing it again after a crash sends the same events, which metering counts once.
 */
export async function generateUsage(ctx: BillingContext, task: RunTask): Promise<void> {
  const { tenant, run, signal } = task
  const startedMs = performance.now()
  await ensureSyntheticPlan(ctx, tenant, signal)
  await createAccounts(ctx, task)
  const answer = await ctx.clients.metering.ingestEvents(
    pieces(tenant, run.runId, run.window, Number(run.records)),
    asService('billing', tenant, { signal }),
  )
  assert(
    answer.rejectedCount === 0n,
    () => `synthetic events are valid: ${answer.rejections[0]?.message}`,
  )
  const change = {
    runId: run.runId,
    now: ctx.clock.now({ tenantId: tenant }),
    count: answer.acceptedCount + answer.duplicateCount,
    durationMs: BigInt(Math.round(performance.now() - startedMs)),
  }
  await ctx.db.tx(tenant, (tx) => finishGenerating(tx, tenant, change))
}

async function createAccounts(
  ctx: BillingContext,
  { tenant, run, signal }: RunTask,
): Promise<void> {
  const count = syntheticAccountCount(Number(run.records))
  const startTime = toProtoTimestamp(run.window.start)
  for (let from = 0; from < count; from += ACCOUNTS_PER_CALL) {
    const indexes = Array.from(
      { length: Math.min(ACCOUNTS_PER_CALL, count - from) },
      (_, i) => from + i,
    )
    const ids = indexes.map((index) => syntheticAccountId(run.runId, index))
    const options = asService('billing', tenant, { signal })
    await ctx.clients.user.batchCreateAccounts(
      {
        tenant,
        accounts: ids.map((accountId) => ({
          accountId,
          name: `Synthetic ${accountId}`,
          kind: AccountKind.ORGANIZATION,
        })),
      },
      options,
    )
    await ctx.clients.subscription.batchCreateSubscriptions(
      {
        tenant,
        subscriptions: ids.map((accountId) => ({
          accountId,
          planKey: SYNTHETIC_PLAN_KEY,
          startTime,
        })),
      },
      options,
    )
  }
}

type Piece = MessageInitShape<typeof IngestEventsRequestSchema>

async function* pieces(
  tenant: string,
  runId: string,
  window: Period,
  records: number,
): AsyncGenerator<Piece> {
  const accountCount = syntheticAccountCount(records)
  const startMs = window.start.epochMilliseconds
  const lengthMs = window.end.epochMilliseconds - startMs
  for (let from = 0; from < records; from += EVENTS_PER_PIECE) {
    let lines = ''
    for (let index = from; index < Math.min(from + EVENTS_PER_PIECE, records); index += 1) {
      const event = syntheticEvent(index, accountCount)
      lines += `${JSON.stringify({
        id: event.id,
        source: `synthetic-${runId}`,
        type: SYNTHETIC_EVENT_TYPE,
        subject: syntheticAccountId(runId, event.accountIndex),
        time: new Date(startMs + Math.floor(event.atShare * lengthMs)).toISOString(),
        quantity: event.quantity,
        properties: { folder: event.folder },
      })}\n`
    }
    yield { tenant, body: { contentType: 'application/x-ndjson', data: Buffer.from(lines) } }
  }
}
