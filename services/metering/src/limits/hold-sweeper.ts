import { setTimeout as delay } from 'node:timers/promises'
import { type Database, statement } from '@purser/postgres'
import type { Service } from '@purser/rpc'
import type { LimitStore } from './limit-store.ts'

/** Where failures are told; a `Logger` of the runtime fits. */
export type Warnings = { warn(fields: object, message: string): void }

type Component = Service['components'][number]

const SWEEP_INTERVAL_MS = 1_000

const dueTenantsStatement = statement(
  'metering.tenants_with_expired_holds',
  `select distinct tenant_id
   from hold
   where state = 'open'
     and kind = 'reservation'
     and expire_at <= clock_timestamp()`,
)

/**
 * Gives back reservations that have run out, about once a second. A counter that is nearly full does not wait for it:
 * the next decision takes them back by itself. Several processes may sweep at once.
 */
export class HoldSweeper implements Component {
  readonly name = 'metering hold sweeper'
  readonly #database: Database
  readonly #store: LimitStore
  readonly #log: Warnings
  readonly #stopping = new AbortController()
  #loop: Promise<void> | undefined

  constructor(deps: { database: Database; store: LimitStore; log: Warnings }) {
    this.#database = deps.database
    this.#store = deps.store
    this.#log = deps.log
  }

  async start(): Promise<void> {
    this.#loop = this.#run(this.#stopping.signal)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#loop
  }

  /** Gives back everything that has run out by now. */
  async sweep(): Promise<void> {
    const rows = await this.#database.system((tx) =>
      tx.query<{ tenant_id: string }>(dueTenantsStatement),
    )
    for (const { tenant_id: tenantId } of rows) {
      while ((await this.#store.sweep(tenantId)) > 0 && !this.#stopping.signal.aborted);
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.sweep()
      } catch (error) {
        this.#log.warn({ err: error }, 'expired reservations were not given back; trying again')
      }
      await delay(SWEEP_INTERVAL_MS, undefined, { signal }).catch(() => undefined)
    }
  }
}
