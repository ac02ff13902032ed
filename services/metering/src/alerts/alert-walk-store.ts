import { statement, type Tx } from '@purser/postgres'
import type { TouchedFeature } from './touched-usage.ts'

/** A counter, by its key; the walk begins before the first, at three empty keys. */
export type WalkPosition = { accountId: string; featureKey: string; limitKey: string }

/** How long after the end of a round the next one begins. */
const ROUND_PAUSE_MS = 60_000

const addWalkStatement = statement(
  'metering.add_alert_walk',
  `insert into alert_walk (tenant_id, account_id, feature_key, limit_key, due_at)
   values ($1, '', '', '', clock_timestamp())
   on conflict (tenant_id) do nothing`,
)

/** Makes sure that the counters of the tenant are walked. */
export async function addAlertWalk(tx: Tx, tenantId: string): Promise<void> {
  await tx.execute(addWalkStatement, [tenantId])
}

const dueTenantsStatement = statement(
  'metering.tenants_with_due_walk',
  `select tenant_id
   from alert_walk
   where due_at <= clock_timestamp()
   order by due_at
   limit $1::bigint`,
)

/** Tenants whose walk is due, the longest waiting first: for system transactions. Takes no lock. */
export async function listDueWalks(tx: Tx, limit: number): Promise<string[]> {
  const rows = await tx.query<{ tenant_id: string }>(dueTenantsStatement, [limit])
  return rows.map((row) => row.tenant_id)
}

const lockWalkStatement = statement(
  'metering.lock_alert_walk',
  `select account_id, feature_key, limit_key
   from alert_walk
   where tenant_id = $1
     and due_at <= clock_timestamp()
   for update skip locked`,
)

/** Locks the walk of the tenant; undefined when it is not due, or another process is at it. */
export async function lockAlertWalk(tx: Tx, tenantId: string): Promise<WalkPosition | undefined> {
  const [row] = await tx.query<CounterRow>(lockWalkStatement, [tenantId])
  return row && fromRowPosition(row)
}

const walkStatement = statement(
  'metering.walk_counters',
  `select account_id, feature_key, limit_key
   from usage_counter
   where tenant_id = $1
     and (account_id, feature_key, limit_key) > ($2::text, $3::text, $4::text)
   order by account_id, feature_key, limit_key
   limit $5::bigint`,
)

/** The next counters of a tenant after one, in order of their key. Takes no lock. */
export async function listCountersAfter(
  tx: Tx,
  tenantId: string,
  after: WalkPosition,
  limit: number,
): Promise<WalkPosition[]> {
  const { accountId, featureKey, limitKey } = after
  const rows = await tx.query<CounterRow>(walkStatement, [
    tenantId,
    accountId,
    featureKey,
    limitKey,
    limit,
  ])
  return rows.map(fromRowPosition)
}

const moveWalkStatement = statement(
  'metering.move_alert_walk',
  `update alert_walk
   set account_id = $2,
     feature_key = $3,
     limit_key = $4,
     due_at = clock_timestamp() + $5::bigint * interval '1 millisecond'
   where tenant_id = $1`,
)

/** Goes on after `last`, at the next look; without one, at the first counter after a minute. */
export async function moveAlertWalk(
  tx: Tx,
  tenantId: string,
  last: WalkPosition | undefined,
): Promise<void> {
  const { accountId, featureKey, limitKey } = last ?? {
    accountId: '',
    featureKey: '',
    limitKey: '',
  }
  const pauseMs = last === undefined ? ROUND_PAUSE_MS : 0
  await tx.execute(moveWalkStatement, [tenantId, accountId, featureKey, limitKey, pauseMs])
}

/** The accounts and features of counters, each once; equal ones stand together. */
export function featuresOfCounters(counters: readonly WalkPosition[]): TouchedFeature[] {
  return counters.filter(({ accountId, featureKey }, index) => {
    const before = counters[index - 1]
    return before?.accountId !== accountId || before.featureKey !== featureKey
  })
}

type CounterRow = { account_id: string; feature_key: string; limit_key: string }

function fromRowPosition(row: CounterRow): WalkPosition {
  return { accountId: row.account_id, featureKey: row.feature_key, limitKey: row.limit_key }
}
