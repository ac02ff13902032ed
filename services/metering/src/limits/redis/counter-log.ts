import {
  encodeInt8Array,
  encodeTextArray,
  isUniqueViolation,
  type Database,
  statement,
} from '@purser/postgres'
import { tellElsewhere } from '../counters-elsewhere.ts'
import type { UsageBatch } from '../usage-batch.ts'
import type { PairPlan, PreparedLimit } from './pair-plan.ts'

/** What `prepare_decision` tells. Requests are numbered from 1. */
export type Prepared = {
  limits: PreparedLimit[]
  repeated: number[]
  mismatched: number[]
}

/** A counter as `recount_pairs` tells it. Times are microseconds since 1970, null for infinity. */
export type RecountedCounter = {
  pair: number
  limit_key: string
  spec: string
  rolling_seconds: number
  since: number | null
  window_start: number | null
  window_end: number | null
  used: number
  bucket_ends: number[]
  bucket_units: number[]
}

/** A counter as `copy_counters` takes it. Times are microseconds since 1970, null for infinity. */
export type CopiedCounter = {
  account_id: string
  feature_key: string
  limit_key: string
  spec: string
  window_start: number | null
  window_end: number | null
  used: number
  bucket_ends: number[]
  bucket_units: number[]
  seen_at: number
}

/** What was admitted, to be recorded. */
export type Admission = {
  batch: UsageBatch
  /** By pair. */
  plans: readonly (PairPlan | undefined)[]
  /** By request, whether it is not recorded. */
  skips: readonly boolean[]
  /** The id of the epoch. */
  epoch: string
  /** Microseconds since 1970. */
  nowMicros: number
  /** Only if all accounts are at the revisions of their plans. */
  atRevisions: boolean
}

/**
 * What became of a record: `epoch_over`, another epoch has begun; `plan_changed`, an account holds something else;
 * `id_taken`, one of the ids was recorded before. All but `recorded` left nothing.
 */
export type RecordOutcome = 'recorded' | 'epoch_over' | 'plan_changed' | 'id_taken'

/** The parts of the database in decisions by counters elsewhere: the limits before, the usage log after. */
export class CounterLog {
  readonly #database: Database
  readonly #statements

  constructor(database: Database) {
    this.#database = database
    this.#statements = statementsOf(`"${database.schema}"`)
  }

  /** The limits of a batch at an instant, and which of its requests were recorded before. */
  async prepare(tenantId: string, batch: UsageBatch, nowMicros: number): Promise<Prepared> {
    const [accounts, features, ids, properties, , ...items] = batch.parameters()
    const [row] = await this.#database.alone<{
      limits: PreparedLimit[]
      repeated: number[] | null
      mismatched: number[] | null
    }>(tenantId, this.#statements.prepare, [
      instantOf(nowMicros),
      accounts,
      features,
      ids,
      properties,
      ...items,
    ])
    return {
      limits: row?.limits ?? [],
      repeated: row?.repeated ?? [],
      mismatched: row?.mismatched ?? [],
    }
  }

  /** Writes the raw rows of what was admitted. When it throws, they may be there nevertheless. */
  async record(tenantId: string, admission: Admission): Promise<RecordOutcome> {
    const { batch, plans, skips, epoch, nowMicros, atRevisions } = admission
    const [accounts, features, ids, properties, , ...items] = batch.parameters()
    try {
      await this.#database.alone(tenantId, this.#statements.record, [
        epoch,
        instantOf(nowMicros),
        accounts,
        features,
        encodeTextArray(plans.map((plan) => plan?.eventType ?? null)),
        atRevisions ? encodeInt8Array(plans.map((plan) => BigInt(plan?.revision ?? 0))) : null,
        ids,
        properties,
        skips.includes(true) ? `{${skips.map((skip) => (skip ? 't' : 'f')).join()}}` : null,
        ...items,
      ])
      return 'recorded'
    } catch (error) {
      if (isUniqueViolation(error)) return 'id_taken'
      const { code } = error as { code?: string }
      if (code === 'PL411') return 'epoch_over'
      if (code === 'PL412') return 'plan_changed'
      throw error
    }
  }

  /** Counters of these pairs of a batch as the usage log says, by the key of their limit, in the order of the pairs. */
  async recount(
    tenantId: string,
    pairs: readonly { accountId: string; featureKey: string }[],
    nowMicros: number,
  ): Promise<RecountedCounter[]> {
    const [row] = await this.#database.alone<{ counters: RecountedCounter[] }>(
      tenantId,
      this.#statements.recount,
      [
        instantOf(nowMicros),
        encodeTextArray(pairs.map(({ accountId }) => accountId)),
        encodeTextArray(pairs.map(({ featureKey }) => featureKey)),
      ],
    )
    return row?.counters ?? []
  }

  /** Makes `usage_counter` show counters that are kept elsewhere; answers whether one of them was not as it is. */
  async copy(tenantId: string, counters: readonly CopiedCounter[]): Promise<boolean> {
    const [row] = await tellElsewhere(() =>
      this.#database.tx(tenantId, (tx) =>
        tx.query<{ copied: bigint }>(copyStatement, [tenantId, JSON.stringify(counters)]),
      ),
    )
    return (row?.copied ?? 0n) > 0n
  }
}

function statementsOf(schema: string) {
  return {
    prepare: statement(
      'metering.prepare_decision',
      `select limits, repeated, mismatched
       from ${schema}.prepare_decision($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    ),
    record: statement(
      'metering.record_admitted',
      `select ${schema}.record_admitted($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)::text as recorded`,
    ),
    recount: statement(
      'metering.recount_pairs',
      `select ${schema}.recount_pairs($1, $2, $3, $4) as counters`,
    ),
  }
}

const copyStatement = statement(
  'metering.copy_counters',
  'select copy_counters($1, $2::jsonb) as copied',
)

function instantOf(micros: number): Temporal.Instant {
  return Temporal.Instant.fromEpochNanoseconds(BigInt(micros) * 1_000n)
}
