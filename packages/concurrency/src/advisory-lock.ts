import { createHash } from 'node:crypto'
import type { LockKey } from './lock-order.ts'

/** The part of a transaction that this file needs; `Tx` of @purser/postgres has it. */
type Executor = {
  execute(statement: { name: string; text: string }, values?: readonly unknown[]): Promise<number>
}

/**
 * Takes the locks one after the other in ascending order of their numbers. The subquery is what
 * guarantees the order: Postgres does not flatten a subquery with `order by`, the sort reads all its
 * input before it yields the first row, and the volatile function runs once for each row it yields.
 * Ordering by number instead of by key keeps two keys with the same number from ever closing a circle.
 */
const takeLocks = {
  name: 'concurrency.take_advisory_locks',
  text: `
    select pg_advisory_xact_lock(ordered.lock_number)
    from (
      select distinct lock_number
      from unnest($1::bigint[]) as wanted(lock_number)
      order by lock_number
      offset 0
    ) as ordered`,
}

/**
 * The number of a key's advisory lock: the first 8 bytes of SHA-256 over its canonical text (the JSON
 * array of tenant, kind and id), read as a signed big-endian integer, so from -2^63 to 2^63-1.
 * Different keys may share a number once in 2^64: they then exclude each other needlessly, no more.
 */
export function advisoryLockKey({ tenantId, kind, id }: LockKey): bigint {
  const canonicalText = JSON.stringify([tenantId, kind, id])
  return createHash('sha256').update(canonicalText).digest().readBigInt64BE(0)
}

/**
 * Waits for the advisory locks of all keys, in canonical order (ascending lock number), in one
 * statement; Postgres frees them when the transaction ends. Transactions that call this once, before
 * they lock rows, never deadlock over these locks. The order and repetition of `keys` do not matter.
 */
export async function takeAdvisoryLocks(tx: Executor, keys: readonly LockKey[]): Promise<void> {
  if (keys.length === 0) return
  await tx.execute(takeLocks, [keys.map((key) => advisoryLockKey(key).toString())])
}
