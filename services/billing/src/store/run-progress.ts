import { statement, type Tx } from '@purser/postgres'
import type { RunStatus } from '../domain/run.ts'
import { leaveRun, type RunWorker, SOMEBODY_WORKS } from './run-worker.ts'

/** Each statement here moves a run along one edge of domain/run.ts and locks its row. */

const enterStageStatement = statement(
  'billing.enter_stage',
  `update billing_run
   set status = $3,
     resumed_at = case when status = 'paused' then $4::timestamptz else coalesce(resumed_at, $4::timestamptz) end
   where tenant_id = $1
     and run_id = $2
     and ended_at is null`,
)

/** Puts an unfinished run into the stage in which work goes on. */
export async function enterStage(
  tx: Tx,
  tenantId: string,
  change: { runId: string; stage: RunStatus; now: Temporal.Instant },
): Promise<void> {
  await tx.execute(enterStageStatement, [tenantId, change.runId, change.stage, change.now])
}

const finishGeneratingStatement = statement(
  'billing.finish_generating',
  `update billing_run
   set generated_at = $3::timestamptz, generated_count = $4::bigint, generation_ms = $5::bigint
   where tenant_id = $1
     and run_id = $2
     and generated_at is null`,
)

/** Records that the synthetic events are sent. */
export async function finishGenerating(
  tx: Tx,
  tenantId: string,
  change: { runId: string; now: Temporal.Instant; count: bigint; durationMs: bigint },
): Promise<void> {
  await tx.execute(finishGeneratingStatement, [
    tenantId,
    change.runId,
    change.now,
    change.count,
    change.durationMs,
  ])
}

const setWatermarkStatement = statement(
  'billing.set_watermark',
  `update billing_run
   set watermark = coalesce(watermark, $3::bigint)
   where tenant_id = $1
     and run_id = $2
   returning watermark`,
)

/** Stamps the watermark unless the run has one; answers the one that holds. */
export async function stampWatermark(
  tx: Tx,
  tenantId: string,
  change: { runId: string; watermark: bigint },
): Promise<bigint> {
  const [row] = await tx.query<{ watermark: bigint }>(setWatermarkStatement, [
    tenantId,
    change.runId,
    change.watermark,
  ])
  return row?.watermark ?? change.watermark
}

const lockPlanningStatement = statement(
  'billing.lock_planning',
  `select plan_cursor
   from billing_run
   where tenant_id = $1
     and run_id = $2
     and planned_at is null
   for update`,
)

/**
 * Where the planning of a run stands, held until the transaction ends: the page of due periods to add next,
 * `cursor` undefined after the last one. Undefined for a run that is planned.
 */
export async function lockPlanning(
  tx: Tx,
  tenantId: string,
  runId: string,
): Promise<{ cursor: string | undefined } | undefined> {
  const [row] = await tx.query<{ plan_cursor: string | null }>(lockPlanningStatement, [
    tenantId,
    runId,
  ])
  return row && { cursor: row.plan_cursor ?? undefined }
}

const advancePlanningStatement = statement(
  'billing.advance_planning',
  `update billing_run
   set plan_cursor = $3
   where tenant_id = $1
     and run_id = $2`,
)

/** Records that the page before `cursor` is added. The caller holds the run (`lockPlanning`). */
export async function advancePlanning(
  tx: Tx,
  tenantId: string,
  change: { runId: string; cursor: string | undefined },
): Promise<void> {
  await tx.execute(advancePlanningStatement, [tenantId, change.runId, change.cursor ?? null])
}

const finishPlanningStatement = statement(
  'billing.finish_planning',
  `update billing_run
   set planned_at = $3::timestamptz
   where tenant_id = $1
     and run_id = $2`,
)

/** Records that every item to bill is known. The caller holds the run (`lockPlanning`). */
export async function finishPlanning(
  tx: Tx,
  tenantId: string,
  change: { runId: string; now: Temporal.Instant },
): Promise<void> {
  await tx.execute(finishPlanningStatement, [tenantId, change.runId, change.now])
}

const lockRunStatement = statement(
  'billing.lock_run',
  `select run_id
   from billing_run
   where tenant_id = $1
     and run_id = $2
   for no key update`,
)

const pauseRunStatement = statement(
  'billing.pause_run',
  `update billing_run
   set status = 'paused', worked_ms = worked_ms + $3::bigint, resumed_at = null
   where tenant_id = $1
     and run_id = $2
     and ended_at is null
     and not ${SOMEBODY_WORKS}`,
)

/**
 * Takes a worker from a run after `workedMs` milliseconds of work, and pauses the run when it was the last one; answers
 * whether it did. While others go on, theirs is the time that counts. Those who leave at once take turns.
 */
export async function pauseRun(
  tx: Tx,
  tenantId: string,
  worker: RunWorker & { workedMs: bigint },
): Promise<boolean> {
  await tx.query(lockRunStatement, [tenantId, worker.runId])
  await leaveRun(tx, tenantId, worker)
  return (await tx.execute(pauseRunStatement, [tenantId, worker.runId, worker.workedMs])) === 1
}

const unpauseRunStatement = statement(
  'billing.unpause_run',
  `update billing_run
   set status = $3, resumed_at = $4::timestamptz
   where tenant_id = $1
     and run_id = $2
     and status = 'paused'`,
)

/** Shows a run that somebody paused, not hearing of this worker, as under way again. */
export async function unpauseRun(
  tx: Tx,
  tenantId: string,
  change: { runId: string; stage: RunStatus; now: Temporal.Instant },
): Promise<void> {
  await tx.execute(unpauseRunStatement, [tenantId, change.runId, change.stage, change.now])
}

const finishRunStatement = statement(
  'billing.finish_run',
  `update billing_run as r
   set status = case
       when exists (
         select 1 from billing_item as i
         where i.tenant_id = $1 and i.run_id = $2 and i.status = 'failed'
       ) then 'completed_with_failures'
       else 'completed'
     end,
     ended_at = $3::timestamptz,
     worked_ms = worked_ms + $4::bigint,
     resumed_at = null
   where r.tenant_id = $1
     and r.run_id = $2
     and r.ended_at is null
     and r.planned_at is not null
     and not exists (
       select 1 from billing_chunk as c
       where c.tenant_id = $1 and c.run_id = $2
     )`,
)

/** Ends a run that has nothing left to bill; answers whether this call ended it. */
export async function finishRun(
  tx: Tx,
  tenantId: string,
  change: { runId: string; now: Temporal.Instant; workedMs: bigint },
): Promise<boolean> {
  const ended = await tx.execute(finishRunStatement, [
    tenantId,
    change.runId,
    change.now,
    change.workedMs,
  ])
  return ended === 1
}
