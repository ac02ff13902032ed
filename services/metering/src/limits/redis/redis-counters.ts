import type { Database } from '@purser/postgres'
import type { TouchedFeature } from '../../alerts/touched-usage.ts'
import { CounterHomes } from '../counter-homes.ts'
import type { Warnings } from '../hold-sweeper.ts'
import { type UsageBatch, batchOfQuestions } from '../usage-batch.ts'
import type { UsageCounters } from '../usage-counters.ts'
import type { FeatureUnits, UsageAnswer } from '../usage-request.ts'
import { epochKey } from './counter-keys.ts'
import { CounterLog } from './counter-log.ts'
import { CounterScript } from './counter-script.ts'
import { TenantCounters } from './tenant-counters.ts'
import { TenantEpoch } from './tenant-epoch.ts'

/** What the counters are given. */
export type RedisCountersOptions = {
  database: Database
  /** `redis://` or `rediss://`. */
  url: string
  log: Warnings
  /** The instant instead of that of Redis, in microseconds since 1970: for tests. */
  nowMicros?: () => number
}

/**
 * Counters in Redis, by the clock of Redis: a script decides, then the database records, before anybody is answered.
 * The usage log stays what they are counted from: after a flush, a fail-over or a restart each counter is counted anew
 * before it decides. Several processes may share them.
 */
export class RedisCounters implements UsageCounters {
  readonly holdsUnits = false
  readonly #script: CounterScript
  readonly #homes: CounterHomes
  readonly #log: CounterLog
  readonly #tenants = new Map<string, TenantCounters>()

  constructor({ database, url, log, nowMicros = () => 0 }: RedisCountersOptions) {
    this.#script = new CounterScript({ url, log, nowMicros })
    this.#homes = new CounterHomes(database)
    this.#log = new CounterLog(database)
  }

  /**
   * Whether this Redis may count. Throws `platform.unavailable` when it does not answer, and when it may throw keys
   * away: what is counted must stay until it does not count any more.
   */
  async probe(): Promise<void> {
    await this.#script.probe(epochKey('probe'))
  }

  async decide(
    tenantId: string,
    batch: UsageBatch,
    hopeful: boolean,
  ): Promise<(UsageAnswer | undefined)[]> {
    return await this.#of(tenantId).decide(batch, hopeful)
  }

  async check(
    tenantId: string,
    accountIds: readonly string[],
    features: readonly FeatureUnits[],
  ): Promise<UsageAnswer[]> {
    return await this.#of(tenantId).check(batchOfQuestions(accountIds, features))
  }

  async show(tenantId: string, pairs: readonly TouchedFeature[]): Promise<boolean> {
    return await this.#of(tenantId).show(pairs)
  }

  async close(): Promise<void> {
    await this.#script.close()
  }

  #of(tenantId: string): TenantCounters {
    let tenant = this.#tenants.get(tenantId)
    if (tenant === undefined) {
      const script = this.#script
      tenant = new TenantCounters(tenantId, {
        epoch: new TenantEpoch(tenantId, { homes: this.#homes, script }),
        script,
        log: this.#log,
      })
      this.#tenants.set(tenantId, tenant)
    }
    return tenant
  }
}
