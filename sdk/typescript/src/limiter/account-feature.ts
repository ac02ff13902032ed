import type { OutagePolicy, Lease as LentUnits } from '../gen/contract.ts'
import { newId } from '../new-id.ts'
import { ASK_RULE_EVERY_MS } from '../outage-rules.ts'
import type { Admission, Decision, Refusal, Standing } from './decision.ts'
import { LateUsage } from './late-usage.ts'
import type { LeaseEngine } from './lease-engine.ts'
import { LeaseSize } from './lease-size.ts'
import { LeaseWallet } from './lease-wallet.ts'
import type { Lending } from './lending.ts'
import type { Outage } from './outage.ts'
import { RefusalMemory } from './refusal-memory.ts'

const MS_PER_SECOND = 1_000
/** Leases of so few units mean that the limit is near: then the service decides each time. */
const TIGHT_UNITS = 8
/** A lease is at most this share of what is left, by the contract. */
const LENT_SHARE = 8
/** Share of a lease's life after which the next one is borrowed while there is use. */
const RENEW_SHARE = 0.75
/** What is known of an account that nobody asks about is forgotten after so long. */
const FORGET_MS = 300_000

/** What one limiter shares among its accounts and features. */
export type AccountFeatureDeps = {
  engine: LeaseEngine
  outage: Outage
  lending: Lending
  largestLease: number
  /** Rule for outages while the service has not told one. */
  onOutage: OutagePolicy
}

/**
 * One account's use of one feature on this node: decides from leases, borrows ahead, one wish at a time, and asks the
 * service where leases cannot decide. Nothing here is ever admitted from units that the service has not counted,
 * except in an outage where the feature's rule says so.
 */
export class AccountFeature {
  readonly accountId: string
  readonly featureKey: string
  readonly wallet = new LeaseWallet()
  /** What was admitted in an outage. */
  readonly late = new LateUsage()
  readonly #deps: AccountFeatureDeps
  readonly #size: LeaseSize
  readonly #refusals = new RefusalMemory()
  #borrowing: Promise<Lent> | undefined
  #wanted = 0
  #isTight = false
  #isClosed = false
  #renewAtMs = 0
  #lastMs = 0
  #onOutage: OutagePolicy
  #askRuleAtMs = 0
  #limitKey = ''
  #limit = 0
  #remaining = 0
  #resetAtMs: number | undefined

  constructor(accountId: string, featureKey: string, deps: AccountFeatureDeps) {
    this.accountId = accountId
    this.featureKey = featureKey
    this.#deps = deps
    this.#size = new LeaseSize(deps.largestLease)
    this.#onOutage = deps.onOutage
  }

  /** Decides at once, from leases or a refusal of a moment ago; undefined when only the service can tell. */
  tryTake(units: number): Decision | undefined {
    if (this.#isClosed) return undefined
    const nowMs = this.#deps.engine.clock.monotonicMs()
    this.#lastMs = nowMs
    if (!this.wallet.take(units, nowMs)) return this.#refusals.find(units, nowMs)
    this.#size.use(units)
    if (nowMs >= this.#renewAtMs || this.wallet.left <= this.#size.lowWater) this.#borrowAhead()
    return this.#admission('lease', this.#standing(nowMs))
  }

  /** Decides, with the service if need be. Throws what is neither a decision nor an outage. */
  async take(units: number): Promise<Decision> {
    for (;;) {
      const decision = this.tryTake(units)
      if (decision !== undefined) return decision
      if (this.#isClosed) throw new Error('the limiter is closed')
      if (this.#deps.outage.isOn) {
        if (this.#deps.outage.takeProbe(this.#deps.engine.clock.monotonicMs())) this.#probe()
        return this.#decideInOutage(units)
      }
      if (this.#mustAsk(units)) return await this.#ask(units)
      const lent = await this.#waitForUnits(units)
      if (lent === 'unreachable') return this.tryTake(units) ?? this.#decideInOutage(units)
      if (lent === 'not lent') return await this.#ask(units)
      if (typeof lent === 'object') return this.tryTake(units) ?? lent
      if (units > lent) return this.tryTake(units) ?? (await this.#ask(units))
    }
  }

  /** Ends all leases: their units may no longer be used here. Waits for the one that is under way. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#borrowing?.catch(() => {})
    this.wallet.closeAll()
  }

  /** Whether nothing would be lost by forgetting it. */
  isForgettableAt(nowMs: number): boolean {
    const isAtRest = this.wallet.isEmpty && this.late.isEmpty && this.#borrowing === undefined
    return isAtRest && nowMs - this.#lastMs > FORGET_MS
  }

  #mustAsk(units: number): boolean {
    const { engine, largestLease, lending } = this.#deps
    if (this.#isTight || units > largestLease) return true
    return lending.isRefusedAt(engine.clock.monotonicMs())
  }

  async #waitForUnits(units: number): Promise<Lent> {
    this.#wanted += units
    try {
      return await this.#borrow()
    } finally {
      this.#wanted -= units
    }
  }

  #borrowAhead(): void {
    if (this.#isTight || this.#isClosed || this.#deps.outage.isOn) return
    // Whoever asks next meets the failure, if it lasts.
    if (this.#borrowing === undefined) this.#borrow().catch(() => {})
  }

  #probe(): void {
    if (!this.#isClosed) this.#borrow().catch(() => {})
  }

  #borrow(): Promise<Lent> {
    this.#borrowing ??= this.#borrowOnce().finally(() => {
      this.#borrowing = undefined
    })
    return this.#borrowing
  }

  async #borrowOnce(): Promise<Lent> {
    const { engine, outage, lending } = this.#deps
    // All who ask in this turn of the event loop are counted.
    await Promise.resolve()
    const units = this.#size.next(this.#wanted)
    const startedMs = engine.clock.monotonicMs()
    const reply = await engine.borrow({ ...this.#who(), units })
    const nowMs = engine.clock.monotonicMs()
    if ('unreachable' in reply) {
      if (reply.unknown) this.wallet.addUnknown(reply.unknown)
      outage.begin(nowMs)
      return 'unreachable'
    }
    outage.end()
    if ('notLent' in reply) {
      lending.refuse(nowMs, reply.notLent)
      return 'not lent'
    }
    if ('refusal' in reply) return this.#refuse(reply.refusal, 1)
    const { lease, terms } = reply
    lending.resume()
    this.wallet.add(lease)
    this.#size.granted(lease.quantity)
    this.#refusals.forget()
    this.#isTight = lease.quantity <= TIGHT_UNITS && lease.quantity < units
    this.#renewAtMs = startedMs + (lease.endMs - startedMs) * RENEW_SHARE
    this.#learnTerms(terms, nowMs)
    return lease.quantity
  }

  /** Lets the service decide, with all units that this node has put back before. */
  async #ask(units: number): Promise<Decision> {
    const { engine, outage } = this.#deps
    if (this.wallet.left > 0) await this.#giveBack()
    const id = newId('use')
    const asksRule = engine.clock.monotonicMs() >= this.#askRuleAtMs
    const reply = await engine.consume({ ...this.#who(), units }, { id, asksRule })
    const nowMs = engine.clock.monotonicMs()
    if ('unreachable' in reply) {
      outage.begin(nowMs)
      return this.#decideInOutage(units, id)
    }
    outage.end()
    if (reply.onOutage !== undefined) this.#learnRule(reply.onOutage, nowMs)
    if ('refusal' in reply) return this.#refuse(reply.refusal, units)
    this.#refusals.forget()
    this.#learn(reply.standing, nowMs)
    const lendable = Math.floor(reply.standing.remaining / LENT_SHARE)
    this.#isTight = reply.standing.limitKey !== '' && lendable <= TIGHT_UNITS
    return this.#admission('service', reply.standing)
  }

  async #giveBack(): Promise<void> {
    const { engine } = this.#deps
    this.wallet.closeAll()
    const returned = this.wallet.spent.map(async (lease) => {
      await engine.report(lease, true)
      this.wallet.remove(lease)
    })
    // What could not be returned now is returned in the background.
    await Promise.allSettled(returned)
  }

  #refuse(refusal: Refusal, units: number): Refusal {
    this.#refusals.remember(refusal, units, this.#deps.engine.clock.monotonicMs())
    return refusal
  }

  /** By the feature's rule. What is admitted is recorded when the service is back, under the id if there is one. */
  #decideInOutage(units: number, id?: string): Decision {
    const standing = this.#standing(this.#deps.engine.clock.monotonicMs())
    if (this.#onOutage === 'closed') {
      return { allowed: false, reason: 'unreachable', ...standing, retryAfterSeconds: 1 }
    }
    this.late.add(units, id)
    return this.#admission('outage', standing)
  }

  #admission(by: Admission['by'], standing: Standing): Admission {
    const { limitKey, limit, remaining, resetSeconds } = standing
    return { allowed: true, by, limitKey, limit, remaining, resetSeconds }
  }

  #learnTerms(terms: LentUnits, nowMs: number): void {
    this.#learnRule(terms.on_outage ?? this.#deps.onOutage, nowMs)
    // A lease that was granted by an attempt whose answer was lost is answered without its limit.
    if (terms.limit_key === undefined) return
    const decidedMs = Date.parse(terms.expire_time ?? '') - terms.expires_in_ms
    const resetMs = Date.parse(terms.reset_time ?? '') - decidedMs
    this.#limitKey = terms.limit_key
    this.#limit = terms.limit
    this.#remaining = terms.remaining
    this.#resetAtMs = Number.isNaN(resetMs) ? undefined : nowMs + resetMs
  }

  #learnRule(rule: OutagePolicy, nowMs: number): void {
    this.#onOutage = rule
    this.#askRuleAtMs = nowMs + ASK_RULE_EVERY_MS
  }

  #learn({ limitKey, limit, remaining, resetSeconds }: Standing, nowMs: number): void {
    this.#limitKey = limitKey
    this.#limit = limit
    this.#remaining = remaining
    this.#resetAtMs = resetSeconds === undefined ? undefined : nowMs + resetSeconds * MS_PER_SECOND
  }

  #standing(nowMs: number): Standing {
    const resetAtMs = this.#resetAtMs
    return {
      limitKey: this.#limitKey,
      limit: this.#limit,
      remaining: this.#remaining + this.wallet.left,
      resetSeconds:
        resetAtMs === undefined || resetAtMs <= nowMs
          ? undefined
          : Math.ceil((resetAtMs - nowMs) / MS_PER_SECOND),
    }
  }

  #who() {
    return { accountId: this.accountId, featureKey: this.featureKey }
  }
}

/** What came of a wish for units: how many were lent, why none were, that nobody answered, or that none are lent. */
type Lent = number | Refusal | 'unreachable' | 'not lent'
