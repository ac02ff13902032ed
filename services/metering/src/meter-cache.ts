import type { Database } from '@purser/postgres'
import type { Meter } from './domain/meter.ts'
import { listMeters } from './store/meter.ts'

/** Longest time that another process's new meter may stay unseen. Meters never change once made. */
const MAX_AGE_MS = 1_000

/**
 * The meters of each tenant, read at most once a second. A meter made by this process is seen at once, one made by
 * another within a second.
 */
export class MeterCache {
  readonly #db: Database
  readonly #monotonicMs: () => number
  readonly #entries = new Map<string, { meters: Promise<Meter[]>; readAtMs: number }>()

  constructor(db: Database, monotonicMs: () => number = () => performance.now()) {
    this.#db = db
    this.#monotonicMs = monotonicMs
  }

  /** Meters of the tenant, at most a second old. */
  async list(tenantId: string): Promise<Meter[]> {
    const entry = this.#entries.get(tenantId)
    if (entry !== undefined && this.#monotonicMs() - entry.readAtMs < MAX_AGE_MS)
      return entry.meters
    const meters = this.#db.tx(tenantId, (tx) => listMeters(tx, tenantId), { readOnly: true })
    this.#entries.set(tenantId, { meters, readAtMs: this.#monotonicMs() })
    meters.catch(() => this.#entries.delete(tenantId))
    return meters
  }

  /** Forgets what is known of a tenant. */
  forget(tenantId: string): void {
    this.#entries.delete(tenantId)
  }
}
