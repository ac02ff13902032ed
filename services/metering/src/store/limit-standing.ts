import { statement, type Tx } from '@purser/postgres'
import type { LimitWindowKind } from '../domain/plan-terms.ts'

/** A limit of an account as it stands now. */
export type LimitState = {
  accountId: string
  featureKey: string
  limitKey: string
  /** Units in each window. */
  units: bigint
  /** Whether units beyond are admitted. */
  soft: boolean
  windowKind: LimitWindowKind
  /** Length of a rolling or fixed window in seconds; 0 of the other kinds. */
  windowSeconds: number
  used: bigint
  /** Of a rolling window, its length before now. */
  windowStart: Temporal.Instant
  /** When the window turns; of a rolling one, when units come back next, undefined while none are out. */
  reset: Temporal.Instant | undefined
}

const COLUMNS = `s.account_id, s.feature_key, s.limit_key, s.units, s.soft, s.spec, s.used, s.window_start, s.reset_at`

type LimitRow = {
  account_id: string
  feature_key: string
  limit_key: string
  units: bigint
  soft: boolean
  spec: string
  used: bigint
  window_start: Temporal.Instant
  reset_at: Temporal.Instant | null
}

const accountLimitsStatement = statement(
  'metering.account_limits',
  `select ${COLUMNS}
   from (
     select clock_timestamp() as now_at
   ) as t
   cross join lateral (
     select coalesce(array_agg(distinct e.feature_key), '{}') as keys
     from account_entitlement as e
     where e.tenant_id = $1
       and e.account_id = $2
       and e.limit_key = ''
       and e.start_at <= t.now_at
       and e.end_at > t.now_at
       and ($3::text is null or e.feature_key = $3::text)
   ) as f
   cross join lateral limit_standings(
     $1, array_fill($2::text, array[cardinality(f.keys)]), f.keys, t.now_at
   ) as s
   order by s.feature_key collate "C", s.limit_key collate "C"`,
)

/** Every limit of an account, or of one of its features, by feature and key. Takes no lock. */
export async function listAccountLimits(
  tx: Tx,
  tenantId: string,
  accountId: string,
  featureKey?: string,
): Promise<LimitState[]> {
  const rows = await tx.query<LimitRow>(accountLimitsStatement, [tenantId, accountId, featureKey])
  return rows.map(fromRowLimit)
}

const knowsAccountStatement = statement(
  'metering.knows_account',
  `select exists (
     select from entitled_account where tenant_id = $1 and account_id = $2
   ) as known`,
)

/** Whether the account holds something, or did once. Takes no lock. */
export async function knowsAccount(tx: Tx, tenantId: string, accountId: string): Promise<boolean> {
  const [row] = await tx.query<{ known: boolean }>(knowsAccountStatement, [tenantId, accountId])
  return row?.known === true
}

/** Counters that are looked at exactly, those that may be fullest first. */
const MAX_CANDIDATES = 10_000

const nearLimitsStatement = statement(
  'metering.near_limits',
  `select ${COLUMNS}
   from (
     select clock_timestamp() as now_at
   ) as t
   cross join lateral (
     select coalesce(array_agg(c.account_id), '{}') as accounts, coalesce(array_agg(c.feature_key), '{}') as features
     from (
       select distinct u.account_id, u.feature_key
       from usage_counter as u
       where u.tenant_id = $1
         and u.used > 0
         and ($2::text is null or u.feature_key = $2::text)
     ) as c
   ) as counted
   cross join lateral (
     select coalesce(array_agg(f.account_id), '{}') as accounts, coalesce(array_agg(f.feature_key), '{}') as features
     from (
       select account_id, feature_key
       from full_counters($1, counted.accounts, counted.features, $3::integer, t.now_at)
       order by share desc, account_id, feature_key
       limit ${MAX_CANDIDATES}
     ) as f
   ) as candidate
   cross join lateral limit_standings($1, candidate.accounts, candidate.features, t.now_at) as s
   where s.used > 0
     and s.used::numeric * 100 >= s.units::numeric * $3::integer
   order by s.used / greatest(s.units, 0.5) desc, s.account_id collate "C", s.feature_key collate "C",
     s.limit_key collate "C"
   limit $4::bigint`,
)

/** Limits of which a share is used up, the fullest first. Reads every counter of the tenant; takes no lock. */
export async function listNearLimits(
  tx: Tx,
  tenantId: string,
  question: { featureKey: string | undefined; percent: number; limit: number },
): Promise<LimitState[]> {
  const { featureKey, percent, limit } = question
  const rows = await tx.query<LimitRow>(nearLimitsStatement, [tenantId, featureKey, percent, limit])
  return rows.map(fromRowLimit)
}

function fromRowLimit(row: LimitRow): LimitState {
  const [windowKind, length] = row.spec.split(' ')
  const hasLength = windowKind === 'rolling' || windowKind === 'fixed'
  return {
    accountId: row.account_id,
    featureKey: row.feature_key,
    limitKey: row.limit_key,
    units: row.units,
    soft: row.soft,
    windowKind: windowKind as LimitWindowKind,
    windowSeconds: hasLength ? Number(length) : 0,
    used: row.used,
    windowStart: row.window_start,
    reset: row.reset_at ?? undefined,
  }
}
