import { encodeTextArray, statement, type Tx } from '@purser/postgres'
import type { TouchedFeature } from './touched-usage.ts'
import type { UsageAlert } from './usage-alert.ts'

const takeAlertsStatement = statement(
  'metering.take_alerts',
  `select account_id, feature_key, limit_key, percent, used, units, window_start, reset_at, decided_at
   from take_alerts($1, $2, $3)`,
)

/** Alerts that are due now, each given to one caller alone. Locks their rows in order. */
export async function takeAlerts(
  tx: Tx,
  tenantId: string,
  pairs: readonly TouchedFeature[],
): Promise<UsageAlert[]> {
  const rows = await tx.query<{
    account_id: string
    feature_key: string
    limit_key: string
    percent: number
    used: bigint
    units: bigint
    window_start: Temporal.Instant
    reset_at: Temporal.Instant | null
    decided_at: Temporal.Instant
  }>(takeAlertsStatement, [
    tenantId,
    encodeTextArray(pairs.map(({ accountId }) => accountId)),
    encodeTextArray(pairs.map(({ featureKey }) => featureKey)),
  ])
  return rows.map((row) => ({
    accountId: row.account_id,
    featureKey: row.feature_key,
    limitKey: row.limit_key,
    percent: row.percent,
    used: row.used,
    limit: row.units,
    windowStart: row.window_start,
    reset: row.reset_at ?? undefined,
    decidedAt: row.decided_at,
  }))
}
