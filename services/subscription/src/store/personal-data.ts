import { statement, type Tx } from '@purser/postgres'

const listRecordsStatement = statement(
  'subscription.list_personal_records',
  `select kind, record::text as record
   from (
     select 1 as place, 'subscriptions' as kind, subscription_id as id, json_build_object(
       'subscription_id', subscription_id, 'account_id', account_id, 'plan', plan_key,
       'plan_version', plan_version, 'status', status, 'seats', seats, 'started_at', start_at,
       'ended_at', end_at, 'created_at', created_at
     ) as record
     from subscription
     where tenant_id = $1 and account_id = any($2::text[])
     union all
     select 2, 'top-ups', top_up_id, json_build_object(
       'top_up_id', top_up_id, 'account_id', account_id, 'feature', feature_key,
       'limit', limit_key, 'quantity', quantity, 'expires_at', expire_at, 'created_at', created_at
     )
     from top_up
     where tenant_id = $1 and account_id = any($2::text[])
   ) as held
   order by place, id
   offset $3::bigint
   limit $4::bigint`,
)

/** What is held about accounts, kind by kind: records with plain names as JSON. Takes no lock. */
export async function listPersonalRecords(
  tx: Tx,
  tenantId: string,
  { accountIds, offset, limit }: { accountIds: readonly string[]; offset: number; limit: number },
): Promise<{ kind: string; json: string }[]> {
  const values = [tenantId, accountIds, offset, limit]
  const rows = await tx.query<{ kind: string; record: string }>(listRecordsStatement, values)
  return rows.map(({ kind, record }) => ({ kind, json: record }))
}

const countRecordsStatement = statement(
  'subscription.count_personal_records',
  `select (
     select count(*) from subscription where tenant_id = $1 and account_id = any($2::text[])
   ) + (
     select count(*) from top_up where tenant_id = $1 and account_id = any($2::text[])
   ) as total`,
)

/** How many subscriptions and top-ups these accounts have had. Takes no lock. */
export async function countPersonalRecords(
  tx: Tx,
  tenantId: string,
  accountIds: readonly string[],
): Promise<bigint> {
  const [row] = await tx.query<{ total: bigint }>(countRecordsStatement, [tenantId, accountIds])
  return row?.total ?? 0n
}
