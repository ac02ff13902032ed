import { encodeInt8Array, encodeTextArray, statement, type Tx } from '@purser/postgres'
import type { AccountHoldings, Holding, PlanVersion, TopUp } from '../domain/plan-terms.ts'

const raiseRevisionsStatement = statement(
  'metering.raise_revisions',
  `insert into entitled_account (tenant_id, account_id, revision)
   select $1, account_id, revision
   from unnest($2::text[], $3::bigint[]) as told (account_id, revision)
   order by account_id
   on conflict (tenant_id, account_id) do update
     set revision = excluded.revision
     where entitled_account.revision < excluded.revision
   returning account_id`,
)

const unknownPlansStatement = statement(
  'metering.unknown_plan_versions',
  `select distinct held.plan_key, held.plan_version
   from jsonb_to_recordset($2::jsonb) as held (plan_key text, plan_version integer)
   where not exists (
     select from entitled_plan as known
     where known.tenant_id = $1
       and known.plan_key = held.plan_key
       and known.plan_version = held.plan_version
   )
   order by held.plan_key, held.plan_version`,
)

const forgetStatement = statement(
  'metering.forget_account_entitlements',
  `delete from account_entitlement
   where tenant_id = $1
     and account_id = any($2::text[])`,
)

/** Greatest number of units of a limit: what a JSON number holds exactly. */
const MAX_UNITS = '9007199254740991'

const insertHoldingsStatement = statement(
  'metering.insert_account_holdings',
  `with held as materialized (
     select *
     from jsonb_to_recordset($2::jsonb) as held (
       account_id text, source_id text, plan_key text, plan_version integer, seats integer, time_zone text,
       period_spec text, began text, start_at timestamptz, end_at timestamptz)
   )
   insert into account_entitlement (
     tenant_id, account_id, feature_key, limit_key, source_id, units, term, overage_allowed, unlimited, admits_on_outage,
     start_at, end_at)
   select $1, held.account_id, e.feature_key, '', held.source_id, null, held.began || e.event_type, e.overage_allowed,
     not exists (
       select from plan_limit as l
       where (l.tenant_id, l.plan_key, l.plan_version, l.feature_key)
         = (e.tenant_id, e.plan_key, e.plan_version, e.feature_key)
     ),
     e.admits_on_outage, held.start_at, held.end_at
   from held
   join plan_entitlement as e
     on (e.tenant_id, e.plan_key, e.plan_version) = ($1, held.plan_key, held.plan_version)
   union all
   select $1, held.account_id, e.feature_key, l.limit_key, held.source_id,
     least(
       l.quantity::numeric * case when l.per_seat then held.seats else 1 end + l.burst,
       ${MAX_UNITS}
     )::bigint,
     held.began || l.window_kind || ' ' || case
       when l.window_seconds > 0 then l.window_seconds::text
       when l.window_kind = 'billing_period' then held.period_spec
       else held.time_zone
     end,
     e.overage_allowed, false, false, held.start_at, held.end_at
   from held
   join plan_limit as l
     on (l.tenant_id, l.plan_key, l.plan_version) = ($1, held.plan_key, held.plan_version)
   join plan_entitlement as e
     on (e.tenant_id, e.plan_key, e.plan_version, e.feature_key)
       = (l.tenant_id, l.plan_key, l.plan_version, l.feature_key)`,
)

const insertTopUpsStatement = statement(
  'metering.insert_account_top_ups',
  `insert into account_entitlement (
     tenant_id, account_id, feature_key, limit_key, source_id, units, overage_allowed, unlimited, admits_on_outage,
     start_at, end_at)
   select $1, t.account_id, t.feature_key, t.limit_key, 'top_up:' || t.top_up_id, t.units, false, false, false,
     '-infinity', t.end_at
   from jsonb_to_recordset($2::jsonb) as t (
     account_id text, top_up_id text, feature_key text, limit_key text, units bigint, end_at timestamptz)`,
)

/** Those of the plan versions that accounts hold whose entitlements are not known. */
export async function findUnknownPlans(
  tx: Tx,
  tenantId: string,
  accounts: readonly AccountHoldings[],
): Promise<PlanVersion[]> {
  const held = accounts.flatMap(({ holdings }) =>
    holdings.map(({ planKey, version }) => ({ plan_key: planKey, plan_version: version })),
  )
  const rows = await tx.query<{ plan_key: string; plan_version: number }>(unknownPlansStatement, [
    tenantId,
    JSON.stringify(held),
  ])
  return rows.map((row) => ({ planKey: row.plan_key, version: row.plan_version }))
}

/**
 * Replaces what accounts hold, where the revision is newer than the known one; answers the number of those accounts.
 * Locks the accounts' revisions in order of their id, so that concurrent calls wait and never deadlock. Decisions
 * are not locked out: each sees what was committed when it began.
 */
export async function setAccountHoldings(
  tx: Tx,
  tenantId: string,
  accounts: readonly AccountHoldings[],
): Promise<number> {
  const raised = await tx.query<{ account_id: string }>(raiseRevisionsStatement, [
    tenantId,
    encodeTextArray(accounts.map(({ accountId }) => accountId)),
    encodeInt8Array(accounts.map(({ revision }) => revision)),
  ])
  if (raised.length === 0) return 0
  const raisedIds = new Set(raised.map((row) => row.account_id))
  const newer = accounts.filter(({ accountId }) => raisedIds.has(accountId))
  await tx.execute(forgetStatement, [tenantId, encodeTextArray([...raisedIds])])
  const holdings = newer.flatMap(({ accountId, holdings: held }) =>
    held.map((holding) => toRowHolding(accountId, holding)),
  )
  if (holdings.length > 0) {
    await tx.execute(insertHoldingsStatement, [tenantId, JSON.stringify(holdings)])
  }
  const topUps = newer.flatMap(({ accountId, topUps: bought }) =>
    bought.map((topUp) => toRowTopUp(accountId, topUp)),
  )
  if (topUps.length > 0) await tx.execute(insertTopUpsStatement, [tenantId, JSON.stringify(topUps)])
  return raised.length
}

function toRowHolding(accountId: string, holding: Holding) {
  const anchorMicros = holding.anchor.epochNanoseconds / 1_000n
  return {
    account_id: accountId,
    source_id: holding.subscriptionId,
    plan_key: holding.planKey,
    plan_version: holding.version,
    seats: holding.seats,
    time_zone: holding.timeZone,
    period_spec: `${holding.intervalMonths} ${holding.alignment} ${anchorMicros} ${holding.timeZone}`,
    began: `${String(holding.start.epochNanoseconds / 1_000n).padStart(20, '0')} `,
    start_at: holding.start.toString(),
    end_at: holding.end?.toString() ?? 'infinity',
  }
}

function toRowTopUp(accountId: string, topUp: TopUp) {
  return {
    account_id: accountId,
    top_up_id: topUp.topUpId,
    feature_key: topUp.featureKey,
    limit_key: topUp.limitKey,
    units: String(topUp.quantity),
    end_at: topUp.expiry?.toString() ?? 'infinity',
  }
}
