import { create } from '@bufbuild/protobuf'
import {
  RunSchema,
  RunStatus as ProtoRunStatus,
  type Run as ProtoRun,
} from '@purser/contracts/billing/v1/billing'
import { toProtoTimestamp } from '@purser/rpc'
import type { Run, RunStatus } from '../domain/run.ts'
import type { RunFailure, RunTotals } from '../store/run-totals.ts'

const MS_PER_SECOND = 1_000

const statuses = {
  generating: ProtoRunStatus.GENERATING,
  planning: ProtoRunStatus.PLANNING,
  running: ProtoRunStatus.RUNNING,
  paused: ProtoRunStatus.PAUSED,
  completed: ProtoRunStatus.COMPLETED,
  completed_with_failures: ProtoRunStatus.COMPLETED_WITH_FAILURES,
} as const satisfies Record<RunStatus, ProtoRunStatus>

/** A run as it is answered; `now` gives the duration of one that is under way. */
export function toProtoRun(
  run: Run,
  totals: RunTotals,
  failures: readonly RunFailure[],
  now: Temporal.Instant,
): ProtoRun {
  const currentMs =
    run.resumedAt === undefined ? 0 : now.epochMilliseconds - run.resumedAt.epochMilliseconds
  const durationMs = Number(run.workedMs) + Math.max(0, currentMs)
  const billingMs = durationMs - Number(run.generationMs)
  return create(RunSchema, {
    runId: run.runId,
    period: run.period,
    status: statuses[run.status],
    processedCount: totals.eventCount,
    itemCount: totals.itemCount,
    billedCount: totals.billedCount,
    failedCount: totals.failedCount,
    invoiceCount: totals.invoiceCount,
    adjustmentCount: totals.adjustmentCount,
    totals: totals.totals.map(({ amountMinor, currency }) => ({
      amountCents: amountMinor,
      currency,
    })),
    generatedCount: run.generatedCount,
    durationSeconds: durationMs / MS_PER_SECOND,
    generationSeconds: Number(run.generationMs) / MS_PER_SECOND,
    operationsPerSecond:
      billingMs <= 0 ? 0 : (Number(totals.eventCount) * MS_PER_SECOND) / billingMs,
    watermark: run.watermark ?? 0n,
    failures: failures.map((failure) => ({ ...failure })),
    createTime: toProtoTimestamp(run.createdAt),
    ...(run.endedAt ? { endTime: toProtoTimestamp(run.endedAt) } : {}),
  })
}
