import { compareText } from '@purser/kernel'

/** Names one thing that a transaction locks. Empty parts are fine; the three parts are never mixed up. */
export type LockKey = { tenantId: string; kind: string; id: string }

/**
 * The keys in canonical order, (tenant, kind, id), each once.
 *
 * Transactions that lock in this order never deadlock among themselves: whoever holds a key waits only
 * for greater ones, so no circle can close. Text is compared by code points, which is how Postgres
 * orders under `collate "C"`: an `order by tenant_id, id` there agrees with this function.
 */
export function lockOrder(keys: readonly LockKey[]): LockKey[] {
  const sorted = keys.toSorted(compareKeys)
  return sorted.filter((key, index) => {
    const previous = sorted[index - 1]
    return previous === undefined || compareKeys(previous, key) !== 0
  })
}

function compareKeys(a: LockKey, b: LockKey): number {
  return (
    compareText(a.tenantId, b.tenantId) || compareText(a.kind, b.kind) || compareText(a.id, b.id)
  )
}
