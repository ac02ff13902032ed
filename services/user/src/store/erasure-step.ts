import { statement, type Tx } from '@purser/postgres'
import type { ErasureStep, KeptData } from '../domain/privacy.ts'
import { fromRowKept, type KeptJson, toRowKept } from './kept-data.ts'

const putStepsStatement = statement(
  'user.put_erasure_steps',
  `insert into erasure_step (tenant_id, erasure_id, step_number, service, state)
   select $1, $2, step_number, service, 'pending'
   from unnest($3::text[]) with ordinality as wanted(service, step_number)
   on conflict (tenant_id, erasure_id, step_number) do update
   set service = excluded.service,
       state = 'pending',
       failure_code = null,
       completed_at = null`,
)

const dropStepsStatement = statement(
  'user.drop_erasure_steps',
  `delete from erasure_step
   where tenant_id = $1
     and erasure_id = $2
     and (step_number > cardinality($3::text[]) or not service = any($3::text[]))`,
)

/**
 * The steps of an erasure, one for each service, all to be done (again). What they erased before
 * stays counted. Expects the erasure's row locked.
 */
export async function putSteps(
  tx: Tx,
  tenantId: string,
  { erasureId, services }: { erasureId: string; services: readonly string[] },
): Promise<void> {
  await tx.execute(dropStepsStatement, [tenantId, erasureId, services])
  await tx.execute(putStepsStatement, [tenantId, erasureId, services])
}

const listStepsStatement = statement(
  'user.list_erasure_steps',
  `select step_number, service, state, erased_count, kept, failure_code, completed_at
   from erasure_step
   where tenant_id = $1
     and erasure_id = $2
   order by step_number`,
)

/** The steps of an erasure in their order. Takes no lock. */
export async function listSteps(
  tx: Tx,
  tenantId: string,
  erasureId: string,
): Promise<ErasureStep[]> {
  const rows = await tx.query<{
    step_number: number
    service: string
    state: ErasureStep['state']
    erased_count: bigint
    kept: KeptJson[]
    failure_code: string | null
    completed_at: Temporal.Instant | null
  }>(listStepsStatement, [tenantId, erasureId])
  return rows.map((row) => ({
    stepNumber: row.step_number,
    service: row.service,
    state: row.state,
    erasedCount: Number(row.erased_count),
    kept: fromRowKept(row.kept),
    failureCode: row.failure_code ?? undefined,
    completedAt: row.completed_at ?? undefined,
  }))
}

const recordProgressStatement = statement(
  'user.record_erasure_progress',
  `update erasure_step
   set erased_count = erased_count + $4::bigint,
       kept = $5::jsonb,
       failure_code = null,
       state = case when $6::timestamptz is null then 'pending' else 'done' end,
       completed_at = $6::timestamptz
   where tenant_id = $1
     and erasure_id = $2
     and service = $3
     and state = 'pending'`,
)

/** Notes what a call to a service erased; with a time the step is done. Locks its row. */
export async function recordProgress(
  tx: Tx,
  tenantId: string,
  progress: {
    erasureId: string
    service: string
    erasedCount: number
    kept: readonly KeptData[]
    completedAt: Temporal.Instant | undefined
  },
): Promise<void> {
  const { erasureId, service, erasedCount, kept, completedAt } = progress
  const values = [tenantId, erasureId, service, erasedCount, toRowKept(kept), completedAt]
  await tx.execute(recordProgressStatement, values)
}

const recordFailureStatement = statement(
  'user.record_erasure_failure',
  `update erasure_step
   set failure_code = $4
   where tenant_id = $1
     and erasure_id = $2
     and service = $3
     and state = 'pending'`,
)

/** Notes why a step did not get through this time. Locks its row. */
export async function recordFailure(
  tx: Tx,
  tenantId: string,
  { erasureId, service, failureCode }: { erasureId: string; service: string; failureCode: string },
): Promise<void> {
  await tx.execute(recordFailureStatement, [tenantId, erasureId, service, failureCode])
}
