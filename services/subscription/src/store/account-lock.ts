import { crc32 } from 'node:zlib'
import { takeAdvisoryLocks } from '@purser/concurrency'
import type { Tx } from '@purser/postgres'

/**
 * Locks of a tenant. Each account belongs to one of them: a lock for each account of a batch would
 * fill the server's lock table, and two accounts that share one wait for each other needlessly but
 * rarely.
 */
const LOCK_COUNT = 64

/**
 * Waits until no other transaction creates subscriptions of these accounts, and keeps others
 * waiting until this one ends. Call it once in a transaction, before any statement that locks rows:
 * then the canonical order of the locks rules out deadlocks.
 */
export async function lockAccounts(
  tx: Tx,
  tenantId: string,
  accountIds: readonly string[],
): Promise<void> {
  const numbers = new Set(accountIds.map((accountId) => crc32(accountId) % LOCK_COUNT))
  await takeAdvisoryLocks(
    tx,
    [...numbers].map((number) => ({ tenantId, kind: 'subscription.accounts', id: String(number) })),
  )
}
