import { statement, type Tx } from '@purser/postgres'

/** One call of one process that works on a run. */
export type RunWorker = { runId: string; workerId: string }

/** Who is not heard of for this long has died: several times the pause between two signs of life. */
const DEAD_AFTER = `interval '30 seconds'`

const enterRunStatement = statement(
  'billing.enter_run',
  `insert into run_worker (tenant_id, run_id, worker_id, seen_at)
   values ($1, $2, $3, clock_timestamp())`,
)

/** Notes that somebody begins to work on a run. Takes a shared lock on the run's key. */
export async function enterRun(
  tx: Tx,
  tenantId: string,
  { runId, workerId }: RunWorker,
): Promise<void> {
  await tx.execute(enterRunStatement, [tenantId, runId, workerId])
}

const tellAliveStatement = statement(
  'billing.tell_alive',
  `update run_worker
   set seen_at = clock_timestamp()
   where tenant_id = $1
     and run_id = $2
     and worker_id = $3`,
)

/** Notes that a worker is still there. */
export async function tellAlive(
  tx: Tx,
  tenantId: string,
  { runId, workerId }: RunWorker,
): Promise<void> {
  await tx.execute(tellAliveStatement, [tenantId, runId, workerId])
}

const leaveRunStatement = statement(
  'billing.leave_run',
  `delete from run_worker
   where tenant_id = $1
     and run_id = $2
     and worker_id = $3`,
)

/** Notes that a worker works on the run no more. */
export async function leaveRun(
  tx: Tx,
  tenantId: string,
  { runId, workerId }: RunWorker,
): Promise<void> {
  await tx.execute(leaveRunStatement, [tenantId, runId, workerId])
}

/** SQL of whether somebody works on run $2 of tenant $1. */
export const SOMEBODY_WORKS = `exists (
  select 1
  from run_worker
  where tenant_id = $1
    and run_id = $2
    and seen_at > clock_timestamp() - ${DEAD_AFTER}
)`
