import { statement, type Tx } from '@purser/postgres'
import type { Run, RunStatus } from '../domain/run.ts'

const COLUMNS = `
  run_id, period, window_start, window_end, status, records, generated_count, generation_ms,
  generated_at, watermark, planned_at, worked_ms, resumed_at, created_at, ended_at`

type RunRow = {
  run_id: string
  period: string
  window_start: Temporal.Instant
  window_end: Temporal.Instant
  status: RunStatus
  records: bigint
  generated_count: bigint
  generation_ms: bigint
  generated_at: Temporal.Instant | null
  watermark: bigint | null
  planned_at: Temporal.Instant | null
  worked_ms: bigint
  resumed_at: Temporal.Instant | null
  created_at: Temporal.Instant
  ended_at: Temporal.Instant | null
}

const insertRunStatement = statement(
  'billing.insert_run',
  `insert into billing_run
     (tenant_id, run_id, period, window_start, window_end, status, records, created_at, resumed_at)
   values ($1, $2, $3, $4::timestamptz, $5::timestamptz, $6, $7::bigint, $8::timestamptz, $8::timestamptz)
   on conflict (tenant_id, period) where ended_at is null do nothing`,
)

/** Inserts a run; answers false when one is open for the month. */
export async function insertRun(tx: Tx, tenantId: string, run: Run): Promise<boolean> {
  const inserted = await tx.execute(insertRunStatement, [
    tenantId,
    run.runId,
    run.period,
    run.window.start,
    run.window.end,
    run.status,
    run.records,
    run.createdAt,
  ])
  return inserted === 1
}

const findOpenRunStatement = statement(
  'billing.find_open_run',
  `select ${COLUMNS}
   from billing_run
   where tenant_id = $1
     and period = $2
     and ended_at is null`,
)

/** The open run of the month, if there is one. */
export async function findOpenRun(
  tx: Tx,
  tenantId: string,
  period: string,
): Promise<Run | undefined> {
  const [row] = await tx.query<RunRow>(findOpenRunStatement, [tenantId, period])
  return row && fromRowRun(row)
}

const findRunStatement = statement(
  'billing.find_run',
  `select ${COLUMNS}
   from billing_run
   where tenant_id = $1
     and run_id = $2`,
)

/** The run with this id, if there is one. */
export async function findRun(tx: Tx, tenantId: string, runId: string): Promise<Run | undefined> {
  const [row] = await tx.query<RunRow>(findRunStatement, [tenantId, runId])
  return row && fromRowRun(row)
}

const listRunsStatement = statement(
  'billing.list_runs',
  `select ${COLUMNS}
   from billing_run
   where tenant_id = $1
     and ($2::text is null or run_id < $2::text)
   order by run_id desc
   limit $3::bigint`,
)

/** Runs before an id, newest first: ids sort by time. */
export async function listRuns(
  tx: Tx,
  tenantId: string,
  page: { before: string | undefined; limit: number },
): Promise<Run[]> {
  const rows = await tx.query<RunRow>(listRunsStatement, [
    tenantId,
    page.before ?? null,
    page.limit,
  ])
  return rows.map(fromRowRun)
}

function fromRowRun(row: RunRow): Run {
  return {
    runId: row.run_id,
    period: row.period,
    window: { start: row.window_start, end: row.window_end },
    status: row.status,
    records: row.records,
    generatedCount: row.generated_count,
    generationMs: row.generation_ms,
    generatedAt: row.generated_at ?? undefined,
    watermark: row.watermark ?? undefined,
    plannedAt: row.planned_at ?? undefined,
    workedMs: row.worked_ms,
    resumedAt: row.resumed_at ?? undefined,
    createdAt: row.created_at,
    endedAt: row.ended_at ?? undefined,
  }
}
