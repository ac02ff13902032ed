import {
  encodeInt8Array,
  encodeTextArray,
  type Database,
  type Statement,
  statement,
} from '@purser/postgres'
import { tellElsewhere } from './counters-elsewhere.ts'
import { type AnsweredDecision, type DecisionRow, decisionColumn } from './decision-row.ts'
import { readDecision } from './read-decision.ts'
import { type UsageBatch, batchOfQuestions } from './usage-batch.ts'
import type { UsageCounters } from './usage-counters.ts'
import type { FeatureUnits, UsageAnswer } from './usage-request.ts'

/** Counters in the rows of `usage_counter`: counted and recorded in one commit. */
export class PostgresCounters implements UsageCounters {
  readonly holdsUnits = true
  readonly #database: Database
  readonly #decide: Statement
  readonly #check: Statement

  constructor(database: Database) {
    this.#database = database
    this.#decide = statement(
      'metering.consume_batch',
      `select ${decisionColumn}
       from "${database.schema}".consume_batch($1, null, $2, $3, $4, $5, $6, $7, $8, $9, $10) as d`,
    )
    this.#check = statement(
      'metering.check_batch',
      `select ${decisionColumn} from "${database.schema}".check_batch($1, null, $2, $3, $4) as d`,
    )
  }

  async decide(tenantId: string, batch: UsageBatch, hopeful: boolean): Promise<UsageAnswer[]> {
    return readDecision(
      await this.#ask(tenantId, this.#decide, [...batch.parameters(), hopeful]),
      batch,
    )
  }

  async check(
    tenantId: string,
    accountIds: readonly string[],
    features: readonly FeatureUnits[],
  ): Promise<UsageAnswer[]> {
    const row = await this.#ask(tenantId, this.#check, [
      encodeTextArray(accountIds),
      encodeTextArray(features.map(({ featureKey }) => featureKey)),
      encodeInt8Array(features.map(({ units }) => units)),
    ])
    return readDecision(row, batchOfQuestions(accountIds, features), { counts: false })
  }

  /** The table is where they are counted. */
  async show(): Promise<boolean> {
    return false
  }

  async #ask(tenantId: string, asked: Statement, values: unknown[]): Promise<DecisionRow> {
    const [row] = await tellElsewhere(() =>
      this.#database.alone<AnsweredDecision>(tenantId, asked, values),
    )
    return (row as AnsweredDecision).decision
  }
}
