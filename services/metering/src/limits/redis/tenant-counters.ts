import { PurserError } from '@purser/kernel'
import type { TouchedFeature } from '../../alerts/touched-usage.ts'
import { readDecision } from '../read-decision.ts'
import type { UsageBatch } from '../usage-batch.ts'
import type { UsageAnswer } from '../usage-request.ts'
import { type CounterKeys, counterKeys } from './counter-keys.ts'
import type { CounterLog, Prepared } from './counter-log.ts'
import type { CounterScript } from './counter-script.ts'
import { type PairPlan, plansOf } from './pair-plan.ts'
import { type Decided, readDecided, toDecisionRow } from './read-decided.ts'
import type { TenantEpoch } from './tenant-epoch.ts'
import { toCopies, toSeeds } from './counter-states.ts'

/** An id is under way for longer than a record takes; who asks for it meanwhile waits. */
const ID_MS = 30_000
const MAX_ATTEMPTS = 10
/** Plans that a process remembers of a tenant; beyond, it forgets all. */
const MAX_PLANS = 20_000

type Mode = 'bet' | 'decide' | 'check'
type Plans = readonly (PairPlan | undefined)[]
type Asked = {
  mode: Mode
  batch: UsageBatch
  plans: Plans
  /** Requests that are not decided, numbered from 1. */
  skipped: readonly number[]
}

/**
 * Decides for one tenant: a script in Redis decides and counts, then the database records. What cannot be recorded is
 * given back. When it is not known whether something was counted or recorded, the tenant's epoch begins anew, so that
 * the rows of the usage log decide. Never is something recorded that is not counted.
 */
export class TenantCounters {
  readonly #tenantId: string
  readonly #epoch: TenantEpoch
  readonly #script: CounterScript
  readonly #log: CounterLog
  readonly #plans = new Map<string, PairPlan>()

  constructor(
    tenantId: string,
    deps: { epoch: TenantEpoch; script: CounterScript; log: CounterLog },
  ) {
    this.#tenantId = tenantId
    this.#epoch = deps.epoch
    this.#script = deps.script
    this.#log = deps.log
  }

  /** As `UsageCounters.decide`. */
  async decide(batch: UsageBatch, hopeful: boolean): Promise<(UsageAnswer | undefined)[]> {
    const plans = hopeful ? this.#rememberedPlans(batch) : undefined
    const bet = plans === undefined ? undefined : await this.#bet(batch, plans)
    return bet ?? (await this.#decideWithCare(batch))
  }

  /** What limits say to each request by itself. */
  async check(batch: UsageBatch): Promise<UsageAnswer[]> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const { plans, prepared } = await this.#prepare(batch)
      const decided = await this.#ask({ mode: 'check', batch, plans, skipped: [] })
      if (decided === undefined) continue
      const row = toDecisionRow(decided, plans, prepared)
      return readDecision(row, batch, { counts: false })
    }
    throw tooManyAttempts()
  }

  /** As `UsageCounters.show`. Counters that were lost are left as they were shown before. */
  async show(pairs: readonly TouchedFeature[]): Promise<boolean> {
    if (pairs.length === 0) return false
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const epoch = await this.#epoch.current()
      const keys = counterKeys(this.#tenantId, epoch)
      const [told, rows] = await this.#script.run({
        command: 'read',
        keys: [keys.epoch, ...pairs.map((pair) => keys.ofPair(pair.accountId, pair.featureKey))],
        epoch,
      })
      if (told === 'read') {
        const copies = toCopies(rows, pairs)
        return copies.length > 0 && (await this.#log.copy(this.#tenantId, copies))
      }
      this.#epoch.forget()
    }
    throw tooManyAttempts()
  }

  /** Everything is admitted by plans that are remembered, and they still hold when it is recorded; or undefined. */
  async #bet(batch: UsageBatch, plans: Plans): Promise<UsageAnswer[] | undefined> {
    const decided = await this.#ask({ mode: 'bet', batch, plans, skipped: [] })
    if (decided === undefined) return undefined
    if (!(await this.#record(batch, plans, decided, true))) return undefined
    return readDecision(toDecisionRow(decided, plans), batch)
  }

  async #decideWithCare(batch: UsageBatch): Promise<(UsageAnswer | undefined)[]> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const { plans, prepared } = await this.#prepare(batch)
      const skipped = [...prepared.repeated, ...prepared.mismatched]
      const decided = await this.#ask({ mode: 'decide', batch, plans, skipped })
      if (decided === undefined) continue
      if (decided.admitted.length > 0 && !(await this.#record(batch, plans, decided, false)))
        continue
      const underWay = new Set(decided.underWay)
      const answers = readDecision(toDecisionRow(decided, plans, prepared), batch)
      return answers.map((answer, index) => (underWay.has(index + 1) ? undefined : answer))
    }
    throw tooManyAttempts()
  }

  /** The limits as they are now. */
  async #prepare(batch: UsageBatch): Promise<{ plans: Plans; prepared: Prepared }> {
    await this.#epoch.current()
    const now = this.#script.nowMicros()
    const prepared = await this.#log.prepare(this.#tenantId, batch, now)
    const plans = plansOf(prepared.limits, batch.accounts.length, now)
    this.#remember(batch, plans)
    return { plans, prepared }
  }

  /** Lets the script decide; undefined when it could not, or lost the bet: to be asked again with care. */
  async #ask({ mode, batch, plans, skipped }: Asked): Promise<Decided | undefined> {
    const epoch = await this.#epoch.current()
    const keys = counterKeys(this.#tenantId, epoch)
    const pairKeys = pairKeysOf(batch, keys)
    const ids = batch.requests.flatMap(({ id }) => (id === undefined ? [] : [id]))
    const reply = await this.#runDoubting({
      command: 'decide',
      keys: [keys.epoch, ...pairKeys, ...ids.map(keys.ofId)],
      epoch,
      ask: {
        mode,
        pairs: plans.map((plan) => plan ?? false),
        requests: requestsOf(batch, skipped, pairKeys.length + 2),
        id_ms: ID_MS,
      },
    })
    switch (reply[0]) {
      case 'decided':
        return readDecided(reply, epoch)
      case 'renew':
        this.#epoch.forget()
        return undefined
      case 'missing':
        await this.#seed(epoch, batch, reply[2] as number[])
        return undefined
      // Stale, or lost.
      default:
        return undefined
    }
  }

  /** Counts pairs of a batch, by number, from the usage log. */
  async #seed(epoch: string, batch: UsageBatch, missing: readonly number[]): Promise<void> {
    const pairs = missing.map((pair) => ({
      accountId: batch.accounts[pair - 1] as string,
      featureKey: batch.features[pair - 1] as string,
    }))
    const now = this.#script.nowMicros()
    const counters = await this.#log.recount(this.#tenantId, pairs, now)
    const keys = counterKeys(this.#tenantId, epoch)
    const [told] = await this.#script.run({
      command: 'seed',
      keys: [keys.epoch, ...pairs.map((pair) => keys.ofPair(pair.accountId, pair.featureKey))],
      epoch,
      ask: { pairs: toSeeds(counters, pairs.length, now) },
    })
    if (told === 'renew') this.#epoch.forget()
  }

  /** Records what was admitted; false when that cannot be, and it is given back. */
  async #record(
    batch: UsageBatch,
    plans: Plans,
    decided: Decided,
    atRevisions: boolean,
  ): Promise<boolean> {
    const { epoch, nowMicros } = decided
    const admitted = new Set(decided.admitted)
    const skips = batch.requests.map((_request, index) => !admitted.has(index + 1))
    const [epochId = ''] = epoch.split(' ', 1)
    let outcome: Awaited<ReturnType<CounterLog['record']>>
    try {
      outcome = await this.#log.record(this.#tenantId, {
        batch,
        plans,
        skips,
        epoch: epochId,
        nowMicros,
        atRevisions,
      })
    } catch (error) {
      this.#epoch.doubt()
      throw error
    }
    if (outcome === 'recorded') return true
    // Its counters are not read any more.
    if (outcome === 'epoch_over') this.#epoch.forget()
    else await this.#giveBack(batch, plans, decided)
    return false
  }

  async #giveBack(batch: UsageBatch, plans: Plans, decided: Decided): Promise<void> {
    const keys = counterKeys(this.#tenantId, decided.epoch)
    const units = plans.map(() => 0)
    const ids: string[] = []
    for (const number of decided.admitted) {
      const request = batch.requests[number - 1]
      if (request?.id !== undefined) ids.push(request.id)
      for (const [position, pair] of (batch.pairs[number - 1] ?? []).entries()) {
        units[pair - 1] = (units[pair - 1] ?? 0) + Number(request?.features[position]?.units ?? 0n)
      }
    }
    await this.#runDoubting({
      command: 'give_back',
      keys: [keys.epoch, ...pairKeysOf(batch, keys), ...ids.map(keys.ofId)],
      epoch: decided.epoch,
      ask: {
        at: decided.nowMicros,
        pairs: plans.map((plan, index) => ({
          units: units[index],
          limits: units[index] === 0 ? [] : (plan?.limits.map(({ key }) => key) ?? []),
        })),
      },
    })
  }

  /** A call that may have counted also when no answer came. */
  async #runDoubting(call: Parameters<CounterScript['run']>[0]): Promise<unknown[]> {
    try {
      return await this.#script.run(call)
    } catch (error) {
      this.#epoch.doubt()
      throw error
    }
  }

  #remember(batch: UsageBatch, plans: Plans): void {
    if (this.#plans.size > MAX_PLANS) this.#plans.clear()
    for (const [index, plan] of plans.entries()) {
      const name = nameOfPair(batch, index)
      if (plan === undefined) this.#plans.delete(name)
      else this.#plans.set(name, plan)
    }
  }

  #rememberedPlans(batch: UsageBatch): PairPlan[] | undefined {
    const plans: PairPlan[] = []
    for (const index of batch.accounts.keys()) {
      const plan = this.#plans.get(nameOfPair(batch, index))
      if (plan === undefined) return undefined
      plans.push(plan)
    }
    return plans
  }
}

/** Keys of features are slugs: no space stands in them. */
function nameOfPair(batch: UsageBatch, index: number): string {
  return `${batch.features[index]} ${batch.accounts[index]}`
}

function pairKeysOf(batch: UsageBatch, keys: CounterKeys): string[] {
  return batch.accounts.map((account, index) =>
    keys.ofPair(account, batch.features[index] as string),
  )
}

/** By request: whether it is skipped, the number of its id's key or 0, then pair and units of each item. */
function requestsOf(batch: UsageBatch, skipped: readonly number[], firstIdKey: number): number[][] {
  const skips = new Set(skipped)
  let idKey = firstIdKey
  return batch.requests.map((request, index) => {
    const items = request.features.flatMap(({ units }, position) => [
      batch.pairs[index]?.[position] ?? 0,
      Number(units),
    ])
    return [skips.has(index + 1) ? 1 : 0, request.id === undefined ? 0 : idKey++, ...items]
  })
}

function tooManyAttempts(): PurserError {
  return new PurserError(
    'platform.unavailable',
    'The counters change too fast to decide; try again.',
  )
}
