import { encodeTextArray, statement, type Tx } from '@purser/postgres'

const outagePoliciesStatement = statement(
  'metering.outage_policies',
  `select feature_key, bool_or(admits_on_outage) as admits_on_outage
   from account_entitlement
   where tenant_id = $1
     and account_id = $2
     and feature_key = any($3::text[])
     and limit_key = ''
     and start_at <= clock_timestamp()
     and end_at > clock_timestamp()
   group by feature_key`,
)

/**
 * Whether each of these features admits while the engine cannot be reached, by the entitlements of now, as leases tell it
 * too. Features that the account is not entitled to are left out. Takes no lock.
 */
export async function readOutagePolicies(
  tx: Tx,
  tenantId: string,
  { accountId, featureKeys }: { accountId: string; featureKeys: readonly string[] },
): Promise<Map<string, boolean>> {
  const rows = await tx.query<{ feature_key: string; admits_on_outage: boolean }>(
    outagePoliciesStatement,
    [tenantId, accountId, encodeTextArray(featureKeys)],
  )
  return new Map(rows.map((row) => [row.feature_key, row.admits_on_outage]))
}
