import { hash } from 'node:crypto'

/** Other programs may use the same Redis. */
const KEY_START = 'purser:limits:'

/** A hash of 128 bits: ids of accounts and requests may tell of people. */
function nameOf(id: string): string {
  return hash('sha256', id, 'hex').slice(0, 32)
}

/** The key of a tenant's epoch: without it no counter of the tenant counts. */
export function epochKey(tenantId: string): string {
  return `${KEY_START}${tenantId}:epoch`
}

/** The keys of an epoch: those of another one are never read, and end by themselves. */
export type CounterKeys = ReturnType<typeof counterKeys>

/** `epoch` is the id and the server, apart by a space. */
export function counterKeys(tenantId: string, epoch: string) {
  const start = `${KEY_START}${tenantId}:${epoch.split(' ', 1)[0]}`
  return {
    epoch: epochKey(tenantId),
    ofPair: (accountId: string, featureKey: string) =>
      `${start}:${nameOf(accountId)}:${featureKey}`,
    ofId: (id: string) => `${start}:id:${nameOf(id)}`,
  }
}
