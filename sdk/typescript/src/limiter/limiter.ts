import type { OutagePolicy } from '../gen/contract.ts'
import type { HttpClient } from '../http-client.ts'
import { repeat, wait } from '../wait.ts'
import { AccountFeature, type AccountFeatureDeps } from './account-feature.ts'
import { type Clock, nodeClock } from './clock.ts'
import type { Decision } from './decision.ts'
import { LeaseEngine } from './lease-engine.ts'
import { type Forfeit, LeaseReporter } from './lease-reporter.ts'
import { Lending } from './lending.ts'
import { Outage } from './outage.ts'

export type LimiterOptions = {
  /** Most units of one lease, 1 to 1,000,000,000; 10,000 when left out. Few are borrowed first, more as they are used. */
  leaseSize?: number
  /** Seconds that a lease lives, 1 to 300; 10 when left out. The service shortens it near the end of a window. */
  leaseSeconds?: number
  /** Milliseconds between reports of what was used; 1,000 when left out. */
  reportEveryMs?: number
  /** Rule for outages as long as the service has told none for the account; `closed` when left out. */
  onOutage?: OutagePolicy
  /** Further facts of everything that is used, by which usage may be grouped. */
  properties?: Record<string, string>
  /** Told of units that were used and that the service will not record. */
  onForfeit?: (forfeit: Forfeit) => void
  /**
   * Told once with the PurserProblem when the service lends no units, since its limits are counted in Redis: from then on
   * it is asked for each decision. A warning on the console when left out.
   */
  onLeasesRefused?: (reason: unknown) => void
  /** Instead of the clocks of this node. */
  clock?: Clock
}

const DEFAULTS = { leaseSize: 10_000, leaseSeconds: 10, reportEveryMs: 1_000 } as const
const MAX_UNITS = 1_000_000_000
const CLOSE_PAUSE_MS = 50

/**
 * Decides about usage in this process, in microseconds, from units that it borrows. All limiters together never admit
 * more than a limit allows: the service counts units when it lends them. A limiter that dies without being closed
 * admits nothing more; units that it had borrowed and not reported are neither billed nor free until their window
 * has passed.
 */
export class Limiter {
  readonly #deps: AccountFeatureDeps
  readonly #reporter: LeaseReporter
  readonly #reportEveryMs: number
  readonly #features = new Map<string, Map<string, AccountFeature>>()
  #stopReporting: (() => void) | undefined
  #isClosed = false

  constructor(http: HttpClient, options: LimiterOptions = {}) {
    const { leaseSize = DEFAULTS.leaseSize, leaseSeconds = DEFAULTS.leaseSeconds } = options
    requireWhole('leaseSize', leaseSize, MAX_UNITS)
    requireWhole('leaseSeconds', leaseSeconds, 300)
    const { clock = nodeClock, properties } = options
    const engine = new LeaseEngine(http, { leaseSeconds, properties, clock })
    const outage = new Outage()
    const onOutage = options.onOutage ?? 'closed'
    const lending = new Lending(options.onLeasesRefused ?? warn)
    this.#deps = { engine, outage, lending, largestLease: leaseSize, onOutage }
    this.#reporter = new LeaseReporter(engine, outage, options.onForfeit ?? (() => {}))
    this.#reportEveryMs = options.reportEveryMs ?? DEFAULTS.reportEveryMs
  }

  /**
   * Decides about `units` (whole, from 1), at once if it can. A refusal is an answer; what is thrown is a
   * PurserProblem that is no decision, such as a key without permission.
   */
  async consume(accountId: string, featureKey: string, units = 1): Promise<Decision> {
    requireWhole('units', units, Number.MAX_SAFE_INTEGER)
    if (this.#isClosed) throw new Error('the limiter is closed')
    return await this.#accountFeature(accountId, featureKey).take(units)
  }

  /** Decides at once, or answers undefined when the service has to be asked: then `await consume(...)`. */
  tryConsume(accountId: string, featureKey: string, units = 1): Decision | undefined {
    if (!(units >= 1 && Number.isInteger(units))) {
      throw new RangeError(`units must be a whole number from 1, not ${units}`)
    }
    return this.#features.get(featureKey)?.get(accountId)?.tryTake(units)
  }

  /** Reports now what was used. For run times without background timers, such as `waitUntil(limiter.report())`. */
  report(): Promise<void> {
    return this.#reporter.report(this.#all())
  }

  /**
   * Stops deciding, reports everything and returns what is left, trying again for `timeoutMs` (10,000 when left out).
   * Answers how many units were used that could not be reported; 0 is well. They stay counted, unbilled.
   */
  async close({ timeoutMs = 10_000 }: { timeoutMs?: number } = {}): Promise<number> {
    this.#isClosed = true
    this.#stopReporting?.()
    const endMs = performance.now() + timeoutMs
    await Promise.all([...this.#all()].map((account) => account.close()))
    for (;;) {
      // The first may join a round that began before the leases were closed.
      await this.report()
      const isDone = [...this.#all()].every(({ wallet, late }) => wallet.isEmpty && late.isEmpty)
      if (isDone || performance.now() >= endMs) break
      await wait(CLOSE_PAUSE_MS)
    }
    let unreported = 0
    for (const { wallet, late } of this.#all()) {
      for (const lease of wallet.spent) unreported += lease.unreported
      unreported += late.units
    }
    this.#features.clear()
    return unreported
  }

  #accountFeature(accountId: string, featureKey: string): AccountFeature {
    let accounts = this.#features.get(featureKey)
    if (accounts === undefined) {
      accounts = new Map()
      this.#features.set(featureKey, accounts)
    }
    const known = accounts.get(accountId)
    if (known !== undefined) return known
    this.#stopReporting ??= repeat(this.#reportEveryMs, () => this.#tick())
    const made = new AccountFeature(accountId, featureKey, this.#deps)
    accounts.set(accountId, made)
    return made
  }

  #tick(): void {
    this.report().catch(() => {})
    const nowMs = this.#deps.engine.clock.monotonicMs()
    for (const accounts of this.#features.values()) {
      for (const [accountId, account] of accounts) {
        if (account.isForgettableAt(nowMs)) accounts.delete(accountId)
      }
    }
  }

  *#all(): Generator<AccountFeature> {
    for (const accounts of this.#features.values()) yield* accounts.values()
  }
}

function warn(reason: unknown): void {
  const why = reason instanceof Error ? reason.message : String(reason)
  // oxlint-disable-next-line no-console -- a library has no log of its own, and each decision became a call
  console.warn(`Purser lends no units and is asked for each decision: ${why}`)
}

function requireWhole(name: string, value: number, most: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= most) return
  throw new RangeError(`${name} must be a whole number from 1 to ${most}, not ${value}`)
}
