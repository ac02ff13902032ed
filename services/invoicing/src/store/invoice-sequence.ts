import { assert } from '@purser/kernel'
import { statement, type Tx } from '@purser/postgres'

const lockSequenceStatement = statement(
  'invoicing.lock_sequence',
  `select next_number
   from invoice_sequence
   where tenant_id = $1
   for update`,
)

const startSequenceStatement = statement(
  'invoicing.start_sequence',
  `insert into invoice_sequence (tenant_id, next_number)
   values ($1, 1)
   on conflict (tenant_id) do nothing`,
)

/**
 * Locks the tenant's sequence until the transaction ends and answers its next number. The first
 * lock of every transaction that issues or finalizes invoices: what they read afterwards no other
 * one changes.
 */
export async function lockSequence(tx: Tx, tenantId: string): Promise<bigint> {
  const next = await readLocked(tx, tenantId)
  if (next !== undefined) return next
  await tx.execute(startSequenceStatement, [tenantId])
  const started = await readLocked(tx, tenantId)
  assert(started !== undefined, 'a sequence that was started exists')
  return started
}

async function readLocked(tx: Tx, tenantId: string): Promise<bigint | undefined> {
  const [row] = await tx.query<{ next_number: bigint }>(lockSequenceStatement, [tenantId])
  return row?.next_number
}

const advanceSequenceStatement = statement(
  'invoicing.advance_sequence',
  `update invoice_sequence
   set next_number = next_number + $2::bigint
   where tenant_id = $1`,
)

/** Takes the next `count` numbers. The caller holds the lock. */
export async function advanceSequence(tx: Tx, tenantId: string, count: number): Promise<void> {
  await tx.execute(advanceSequenceStatement, [tenantId, count])
}
