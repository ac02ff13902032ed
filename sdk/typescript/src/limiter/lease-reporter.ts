import { PurserProblem } from '../purser-problem.ts'
import type { AccountFeature } from './account-feature.ts'
import type { Lease } from './lease.ts'
import type { LeaseEngine } from './lease-engine.ts'
import type { Outage } from './outage.ts'

/** Calls under way at once. */
const MAX_CALLS = 16
/** Bad request, not found, ended otherwise. */
const FINAL = new Set([400, 404, 409])

/** Units that were used and that the service will not record. */
export type Forfeit = {
  accountId: string
  featureKey: string
  units: number
  /** Why: the lease had ended, or late units met a limit. */
  error: unknown
}

/** Tells the service, account by account, what was used; returns leases that are spent. */
export class LeaseReporter {
  readonly #engine: LeaseEngine
  readonly #outage: Outage
  readonly #onForfeit: (forfeit: Forfeit) => void
  readonly #busy = new Set<Lease>()
  #round: Promise<void> | undefined

  constructor(engine: LeaseEngine, outage: Outage, onForfeit: (forfeit: Forfeit) => void) {
    this.#engine = engine
    this.#outage = outage
    this.#onForfeit = onForfeit
  }

  /** Reports everything there is to report; what is not answered stays for the next round. One round at a time. */
  report(accounts: Iterable<AccountFeature>): Promise<void> {
    this.#round ??= this.#reportAll(accounts).finally(() => {
      this.#round = undefined
    })
    return this.#round
  }

  /** Ends early when the service is not reached: the rest would wait as long, in vain. */
  async #reportAll(accounts: Iterable<AccountFeature>): Promise<void> {
    const queue = this.#tasks([...accounts])
    let isReached = true
    const worker = async () => {
      for (const task of queue) {
        if (!isReached) return
        isReached = (await task()) && isReached
      }
    }
    await Promise.all(Array.from({ length: MAX_CALLS }, worker))
  }

  /** Calls to make; each answers whether the service was reached. */
  *#tasks(accounts: readonly AccountFeature[]): Generator<() => Promise<boolean>> {
    const nowMs = this.#engine.clock.monotonicMs()
    for (const account of accounts) {
      account.wallet.sort(nowMs)
      for (const lease of account.wallet.spent) yield () => this.#tell(account, lease, true)
      for (const lease of account.wallet.unreported) yield () => this.#tell(account, lease, false)
      if (account.late.isEmpty) continue
      if (!this.#outage.isOn || this.#outage.takeProbe(nowMs)) yield () => this.#recordLate(account)
    }
  }

  async #tell(account: AccountFeature, lease: Lease, isFinal: boolean): Promise<boolean> {
    if (this.#busy.has(lease)) return true
    this.#busy.add(lease)
    try {
      await this.#engine.report(lease, isFinal)
      this.#outage.end()
      if (isFinal) account.wallet.remove(lease)
    } catch (error) {
      if (!isFinalRefusal(error)) return false
      // It has ended there, so it is not used here any more. One that was never granted ends like this too.
      account.wallet.remove(lease)
      if (lease.isUnreported) this.#forfeit(account, lease.unreported, error)
    } finally {
      this.#busy.delete(lease)
    }
    return true
  }

  async #recordLate(account: AccountFeature): Promise<boolean> {
    const { accountId, featureKey, late } = account
    for (const { id, units } of late.freeze()) {
      try {
        const reply = await this.#engine.consume(
          { accountId, featureKey, units },
          { id, asksRule: false },
        )
        if ('unreachable' in reply) return false
        this.#outage.end()
        late.remove(id)
        if ('refusal' in reply) this.#forfeit(account, units, reply.refusal)
      } catch (error) {
        if (!isFinalRefusal(error)) return false
        late.remove(id)
        this.#forfeit(account, units, error)
      }
    }
    return true
  }

  #forfeit({ accountId, featureKey }: AccountFeature, units: number, error: unknown): void {
    this.#onForfeit({ accountId, featureKey, units, error })
  }
}

/** Whether the same report will be refused for ever. Anything else, such as a revoked key, may pass. */
function isFinalRefusal(error: unknown): boolean {
  return error instanceof PurserProblem && FINAL.has(error.status)
}
