import { publish } from '@purser/events'
import type { Tx } from '@purser/postgres'
import type { Run } from './domain/run.ts'

/** What billing tells the other services, one function an event, each in the transaction that makes it true. */

/** `billing.run.requested`: a run was opened. */
export async function runRequested(tx: Tx, tenantId: string, run: Run): Promise<void> {
  const payload = { run_id: run.runId, period: run.period, records: Number(run.records) }
  await publish(tx, [
    { tenantId, subject: 'billing.run.requested', occurredAt: run.createdAt, payload },
  ])
}

/** `billing.run.completed`: every period of the run is billed, but those that failed. */
export async function runCompleted(
  tx: Tx,
  tenantId: string,
  run: Run,
  occurredAt: Temporal.Instant,
): Promise<void> {
  const payload = { run_id: run.runId, period: run.period }
  await publish(tx, [{ tenantId, subject: 'billing.run.completed', occurredAt, payload }])
}
