import { statement } from '@purser/postgres'
import { type AnsweredDecision, decisionColumn } from '../../src/limits/decision-row.ts'
import { readDecision } from '../../src/limits/read-decision.ts'
import type { UsageBatch } from '../../src/limits/usage-batch.ts'
import type { UsageAnswer } from '../../src/limits/usage-request.ts'
import { type LimitsBed, TENANT } from './limits-bed.ts'

/** Counters that decide at an instant which the test names, in milliseconds since 1970. */
export type CountersAt = {
  decideAt(batch: UsageBatch, atMs: number, hopeful?: boolean): Promise<(UsageAnswer | undefined)[]>
  /** About `units` of one feature. `batch` asks the same. */
  checkAt(question: {
    batch: UsageBatch
    accountId: string
    featureKey: string
    units: number
    atMs: number
  }): Promise<UsageAnswer[]>
}

/** The engine of the bed with the instant as a parameter. */
export function openCountersAt(bed: LimitsBed): CountersAt {
  return bed.redis === undefined ? postgresAt(bed) : redisAt(bed)
}

function redisAt(bed: LimitsBed): CountersAt {
  let nowMicros = 0
  const counters = bed.openCounters(bed.database, () => nowMicros)
  return {
    decideAt: async (batch, atMs, hopeful = false) => {
      nowMicros = atMs * 1_000
      return await counters.decide(TENANT, batch, hopeful)
    },
    checkAt: async ({ accountId, featureKey, units, atMs }) => {
      nowMicros = atMs * 1_000
      return await counters.check(TENANT, [accountId], [{ featureKey, units: BigInt(units) }])
    },
  }
}

const batchAtStatement = statement(
  'test.consume_batch_at',
  `select ${decisionColumn}
   from metering.consume_batch($1, $2::timestamptz, $3, $4, $5, $6, $7, $8, $9, $10, $11) as d`,
)

const checkAtStatement = statement(
  'test.check_batch_at',
  `select ${decisionColumn}
   from metering.check_batch($1, $2::timestamptz, array[$3], array[$4], array[$5::bigint]) as d`,
)

function postgresAt(bed: LimitsBed): CountersAt {
  const timeOf = (atMs: number) => new Date(atMs).toISOString()
  return {
    decideAt: async (batch, atMs, hopeful = false) => {
      const values = [timeOf(atMs), ...batch.parameters(), hopeful]
      const [row] = await bed.database.alone<AnsweredDecision>(TENANT, batchAtStatement, values)
      return readDecision((row as AnsweredDecision).decision, batch)
    },
    checkAt: async ({ batch, accountId, featureKey, units, atMs }) => {
      const values = [timeOf(atMs), accountId, featureKey, units]
      const [row] = await bed.database.alone<AnsweredDecision>(TENANT, checkAtStatement, values)
      return readDecision((row as AnsweredDecision).decision, batch, { counts: false })
    },
  }
}
