import { crc32 } from 'node:zlib'
import { takeAdvisoryLocks } from '@purser/concurrency'
import type { Tx } from '@purser/postgres'

/** Locks of a tenant, shared by its subscriptions: one for each would fill the server's lock table. */
const LOCK_COUNT = 64

/**
 * Waits until nobody else corrects earlier periods of these subscriptions, and keeps others waiting until the
 * transaction ends: two runs that both saw what was billed would both bill the difference. The locks are taken
 * in canonical order. Whoever waits here holds a claimed chunk, for which nobody waits.
 */
export async function lockAdjustments(
  tx: Tx,
  tenantId: string,
  subscriptionIds: readonly string[],
): Promise<void> {
  const numbers = new Set(subscriptionIds.map((id) => crc32(id) % LOCK_COUNT))
  await takeAdvisoryLocks(
    tx,
    [...numbers].map((number) => ({ tenantId, kind: 'billing.adjustments', id: String(number) })),
  )
}
