import { statement, type Tx } from '@purser/postgres'
import type { TopUp } from '../domain/top-up.ts'
import type { ListPosition } from './subscription.ts'

const COLUMNS = `
  top_up_id, account_id, feature_key, limit_key, quantity, expire_at, created_at`

type TopUpRow = {
  top_up_id: string
  account_id: string
  feature_key: string
  limit_key: string
  quantity: bigint
  expire_at: Temporal.Instant | null
  created_at: Temporal.Instant
}

const insertTopUpStatement = statement(
  'subscription.insert_top_up',
  `insert into top_up (tenant_id, ${COLUMNS})
   values ($1, $2, $3, $4, $5, $6::bigint, $7::timestamptz, $8::timestamptz)`,
)

/** Inserts a top-up. Takes no lock beyond its own row. */
export async function insertTopUp(tx: Tx, tenantId: string, topUp: TopUp): Promise<void> {
  await tx.execute(insertTopUpStatement, [
    tenantId,
    topUp.topUpId,
    topUp.accountId,
    topUp.featureKey,
    topUp.limitKey,
    topUp.quantity,
    topUp.expireAt,
    topUp.createdAt,
  ])
}

const listTopUpsStatement = statement(
  'subscription.list_top_ups',
  `select ${COLUMNS}
   from top_up
   where tenant_id = $1
     and account_id = $2
     and top_up_id > $3
   order by top_up_id
   limit $4::bigint`,
)

/** Top-ups of an account in order of their id, expired ones too. Takes no lock. */
export async function listTopUps(
  tx: Tx,
  tenantId: string,
  accountId: string,
  { afterId, limit }: ListPosition,
): Promise<TopUp[]> {
  const values = [tenantId, accountId, afterId, limit]
  const rows = await tx.query<TopUpRow>(listTopUpsStatement, values)
  return rows.map(fromRowTopUp)
}

const listOpenTopUpsStatement = statement(
  'subscription.list_open_top_ups',
  `select ${COLUMNS}
   from top_up
   where tenant_id = $1
     and account_id = any($2::text[])
     and (expire_at is null or expire_at > $3::timestamptz)
   order by account_id, top_up_id`,
)

/** Top-ups of these accounts that do not expire until after `after`, by account and id. No lock. */
export async function listOpenTopUps(
  tx: Tx,
  tenantId: string,
  accountIds: readonly string[],
  after: Temporal.Instant,
): Promise<TopUp[]> {
  const rows = await tx.query<TopUpRow>(listOpenTopUpsStatement, [tenantId, accountIds, after])
  return rows.map(fromRowTopUp)
}

function fromRowTopUp(row: TopUpRow): TopUp {
  return {
    topUpId: row.top_up_id,
    accountId: row.account_id,
    featureKey: row.feature_key,
    limitKey: row.limit_key,
    quantity: row.quantity,
    expireAt: row.expire_at ?? undefined,
    createdAt: row.created_at,
  }
}
