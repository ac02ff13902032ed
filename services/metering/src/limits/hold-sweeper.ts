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

/** An id is known so long after the end of what was held under it; a commit that comes later finds nothing. */
const forgetStatement = statement(
  'metering.forget_holds',
  `delete from hold
   where (tenant_id, hold_id, feature_key) in (
     select tenant_id, hold_id, feature_key
     from hold
     where expire_at < clock_timestamp() - interval '7 days'
       and not (state = 'open' and kind = 'reservation')
     limit $1::bigint
     for update skip locked
   )`,
)

/** Few enough to be quick, so that no decision waits for them. */
const FORGOTTEN_AT_ONCE = 1_000
const FORGET_INTERVAL_MS = 60_000

/**
 * Gives back reservations that have run out, about once a second. A counter that is nearly full does not wait for it:
 * the next decision takes them back by itself. Holds that ended a week ago are forgotten. Several processes may sweep
 * at once.
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

  /** Forgets what ended a week ago; answers how many holds. */
  async forget(): Promise<number> {
    let forgotten = 0
    for (
      let count = FORGOTTEN_AT_ONCE;
      count === FORGOTTEN_AT_ONCE && !this.#stopping.signal.aborted;
    ) {
      count = await this.#database.system((tx) => tx.execute(forgetStatement, [FORGOTTEN_AT_ONCE]))
      forgotten += count
    }
    return forgotten
  }

  async #run(signal: AbortSignal): Promise<void> {
    let forgetAtMs = 0
    while (!signal.aborted) {
      try {
        await this.sweep()
        if (performance.now() >= forgetAtMs) {
          await this.forget()
          forgetAtMs = performance.now() + FORGET_INTERVAL_MS
        }
      } catch (error) {
        this.#log.warn({ err: error }, 'expired reservations were not given back; trying again')
      }
      await delay(SWEEP_INTERVAL_MS, undefined, { signal }).catch(() => undefined)
    }
  }
}
