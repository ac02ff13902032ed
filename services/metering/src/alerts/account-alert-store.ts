import { encodeInt8Array, encodeTextArray, statement, type Tx } from '@purser/postgres'
import type { AccountHoldings } from '../domain/plan-terms.ts'

const forgetStatement = statement(
  'metering.forget_account_alerts',
  `delete from account_alert as a
   using unnest($2::text[], $3::bigint[]) as told (account_id, revision)
   join entitled_account as known
     on known.tenant_id = $1
     and known.account_id = told.account_id
     and known.revision = told.revision
   where a.tenant_id = $1
     and a.account_id = told.account_id`,
)

const insertStatement = statement(
  'metering.insert_account_alerts',
  `insert into account_alert (tenant_id, account_id, feature_key, source_id, percents)
   select $1, told.account_id, e.feature_key, told.source_id, e.alert_percents
   from jsonb_to_recordset($2::jsonb) as told (
     account_id text, revision bigint, source_id text, plan_key text, plan_version integer)
   join entitled_account as known
     on known.tenant_id = $1
     and known.account_id = told.account_id
     and known.revision = told.revision
   join plan_entitlement as e
     on (e.tenant_id, e.plan_key, e.plan_version) = ($1, told.plan_key, told.plan_version)
   where e.alert_percents <> '{80, 100}'`,
)

/**
 * Replaces at which shares alerts of accounts are told, where they differ from 80 and 100 percent. For the transaction
 * that stored what the accounts hold: accounts whose revision is another one by then stay as they are.
 */
export async function setAccountAlerts(
  tx: Tx,
  tenantId: string,
  accounts: readonly AccountHoldings[],
): Promise<void> {
  await tx.execute(forgetStatement, [
    tenantId,
    encodeTextArray(accounts.map(({ accountId }) => accountId)),
    encodeInt8Array(accounts.map(({ revision }) => revision)),
  ])
  const told = accounts.flatMap(({ accountId, revision, holdings }) =>
    holdings.map(({ subscriptionId, planKey, version }) => ({
      account_id: accountId,
      revision: String(revision),
      source_id: subscriptionId,
      plan_key: planKey,
      plan_version: version,
    })),
  )
  if (told.length > 0) await tx.execute(insertStatement, [tenantId, JSON.stringify(told)])
}
