import { encodeTextArray, statement, type Tx } from '@purser/postgres'
import type { TouchedFeature } from './touched-usage.ts'
import type { UsageAlert } from './usage-alert.ts'

type AlertRow = {
  account_id: string
  feature_key: string
  limit_key: string
  percent: number
  used: bigint
  units: bigint
  window_start: Temporal.Instant
  reset_at: Temporal.Instant | null
  decided_at: Temporal.Instant
}

function fromRowAlert(row: AlertRow): UsageAlert {
  return {
    accountId: row.account_id,
    featureKey: row.feature_key,
    limitKey: row.limit_key,
    percent: row.percent,
    used: row.used,
    limit: row.units,
    windowStart: row.window_start,
    reset: row.reset_at ?? undefined,
    decidedAt: row.decided_at,
  }
}

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
  const rows = await tx.query<AlertRow>(takeAlertsStatement, [
    tenantId,
    encodeTextArray(pairs.map(({ accountId }) => accountId)),
    encodeTextArray(pairs.map(({ featureKey }) => featureKey)),
  ])
  return rows.map(fromRowAlert)
}

/** Place of an alert in the order of `listAlerts`: when it was told, account, feature, limit, percent. */
export type AlertPosition = readonly [string, string, string, string, string]

/** Before every alert, in that order. */
const NEWEST: AlertPosition = ['9999-12-31T23:59:59Z', '', '', '', '0']

/** Of all accounts, along the order; of one, along the key: its alerts are few. */
const listAlertsStatements = {
  all: listStatement('all', `$2::text = ''`),
  one: listStatement('one', 'account_id = $2'),
}

function listStatement(name: string, condition: string) {
  return statement(
    `metering.list_alerts_${name}`,
    `select account_id, feature_key, limit_key, percent, used, units, window_start, reset_at, told_at as decided_at
     from usage_alert
     where tenant_id = $1
       and ${condition}
       and told_at is not null
       and (told_at, account_id, feature_key, limit_key, percent)
         < ($3::timestamptz, $4::text, $5::text, $6::text, $7::bigint)
     order by told_at desc, account_id desc, feature_key desc, limit_key desc, percent desc
     limit $8::bigint`,
  )
}

/** Alerts after a position, the latest first: of each share of each limit the last one. Takes no lock. */
export async function listAlerts(
  tx: Tx,
  tenantId: string,
  question: { accountId: string | undefined; after: AlertPosition | undefined; limit: number },
): Promise<UsageAlert[]> {
  const { accountId, after = NEWEST, limit } = question
  const rows = await tx.query<AlertRow>(
    accountId === undefined ? listAlertsStatements.all : listAlertsStatements.one,
    [tenantId, accountId ?? '', ...after, limit],
  )
  return rows.map(fromRowAlert)
}
