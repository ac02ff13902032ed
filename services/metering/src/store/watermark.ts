import { statement, type Tx } from '@purser/postgres'

/**
 * How a line is drawn under the usage log. Every ingest batch takes the tenant's ingest lock in shared mode and only
 * then draws its number; whoever takes the watermark holds the lock exclusively for a moment. So when the lock
 * is granted, every number drawn before belongs to a committed (or rolled back) batch, and every batch that
 * follows draws a greater one. Both locks end with their transaction.
 */
const enterIngestStatement = statement(
  'metering.enter_ingest',
  `select pg_advisory_xact_lock_shared(hashtextextended('metering.ingest:' || $1::text, 0))`,
)

/** Takes the tenant's ingest lock in shared mode until the transaction ends. */
export async function enterIngest(tx: Tx, tenantId: string): Promise<void> {
  await tx.query(enterIngestStatement, [tenantId])
}

const closeIngestStatement = statement(
  'metering.close_ingest',
  `select pg_advisory_xact_lock(hashtextextended('metering.ingest:' || $1::text, 0))`,
)

const lastBatchStatement = statement(
  'metering.last_batch',
  `select case when is_called then last_value else 0 end as batch
   from ingest_batch_seq`,
)

/** Waits for the ingest batches under way, then answers the greatest batch number drawn so far. */
export async function takeWatermark(tx: Tx, tenantId: string): Promise<bigint> {
  await tx.query(closeIngestStatement, [tenantId])
  const [row] = await tx.query<{ batch: bigint }>(lastBatchStatement)
  return row?.batch ?? 0n
}
