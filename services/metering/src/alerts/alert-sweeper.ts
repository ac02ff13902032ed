import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from '@purser/postgres'
import type { Service } from '@purser/rpc'
import { publishThresholdsReached } from '../events.ts'
import type { Warnings } from '../limits/hold-sweeper.ts'
import type { UsageCounters } from '../limits/usage-counters.ts'
import {
  featuresOfCounters,
  listCountersAfter,
  listDueWalks,
  lockAlertWalk,
  moveAlertWalk,
} from './alert-walk-store.ts'
import type { TouchedFeature, TouchedUsage } from './touched-usage.ts'
import { takeAlerts } from './usage-alert-store.ts'

type Component = Service['components'][number]

/** What the sweeper is given. */
type AlertSweeperDeps = {
  database: Database
  touched: TouchedUsage
  counters: Pick<UsageCounters, 'show'>
  log: Warnings
}

const SWEEP_INTERVAL_MS = 1_000
/** A look may take a twentieth of the time: after a long one, the next waits longer. */
const REST_FACTOR = 20
const PAIRS_PER_LOOK = 1_000
const COUNTERS_PER_STEP = 2_000
const TENANTS_PER_SWEEP = 50

/**
 * Tells alerts, beside the decisions: about each second it looks at what this process has counted, and goes on with a
 * walk over all counters, which finds what nobody noted, such as usage by SQL, a smaller plan, a process that died.
 * Several processes may sweep at once: each alert is told once.
 */
export class AlertSweeper implements Component {
  readonly name = 'metering alert sweeper'
  readonly #database: Database
  readonly #touched: TouchedUsage
  readonly #counters: AlertSweeperDeps['counters']
  readonly #log: Warnings
  readonly #stopping = new AbortController()
  #loop: Promise<void> | undefined

  constructor(deps: AlertSweeperDeps) {
    this.#database = deps.database
    this.#touched = deps.touched
    this.#counters = deps.counters
    this.#log = deps.log
  }

  async start(): Promise<void> {
    this.#loop = this.#run(this.#stopping.signal)
  }

  /** What was counted until now is still looked at. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#loop
    await this.#tryTo(() => this.lookAtTouched())
  }

  /** Tells the alerts of what this process has counted since the last look. What fails is looked at again. */
  async lookAtTouched(): Promise<void> {
    for (const [tenantId, pairs] of this.#touched.takeAll()) {
      for (let from = 0; from < pairs.length; from += PAIRS_PER_LOOK) {
        try {
          await this.#look(tenantId, pairs.slice(from, from + PAIRS_PER_LOOK))
        } catch (error) {
          for (const { accountId, featureKey } of pairs.slice(from)) {
            this.#touched.add(tenantId, accountId, featureKey)
          }
          throw error
        }
      }
    }
  }

  /** Goes one step on the walk of each tenant whose walk is due and that no other process walks. */
  async walkOn(): Promise<void> {
    const tenants = await this.#database.system((tx) => listDueWalks(tx, TENANTS_PER_SWEEP))
    for (const tenantId of tenants) {
      await this.#database.tx(tenantId, async (tx) => {
        const position = await lockAlertWalk(tx, tenantId)
        if (position === undefined) return
        const counters = await listCountersAfter(tx, tenantId, position, COUNTERS_PER_STEP)
        const pairs = featuresOfCounters(counters)
        await this.#counters.show(tenantId, pairs)
        const alerts = await takeAlerts(tx, tenantId, pairs)
        await publishThresholdsReached(tx, tenantId, alerts)
        const last = counters.length === COUNTERS_PER_STEP ? counters.at(-1) : undefined
        await moveAlertWalk(tx, tenantId, last)
      })
    }
  }

  async #look(tenantId: string, pairs: readonly TouchedFeature[]): Promise<void> {
    await this.#counters.show(tenantId, pairs)
    await this.#database.tx(tenantId, async (tx) => {
      await publishThresholdsReached(tx, tenantId, await takeAlerts(tx, tenantId, pairs))
    })
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const beganMs = performance.now()
      await this.#tryTo(() => this.lookAtTouched())
      await this.#tryTo(() => this.walkOn())
      const tookMs = performance.now() - beganMs
      const restMs = Math.max(SWEEP_INTERVAL_MS, tookMs * REST_FACTOR)
      await delay(restMs, undefined, { signal }).catch(() => undefined)
    }
  }

  async #tryTo(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#log.warn({ err: error }, 'usage was not looked at for alerts; trying again')
    }
  }
}
