import { statement, type Tx } from '@purser/postgres'
import type { Suppression, SuppressionReason } from '../domain/suppression.ts'

type SuppressionRow = { email: string; reason: SuppressionReason; created_at: Temporal.Instant }

const insertSuppressionStatement = statement(
  'notification.insert_suppression',
  `insert into suppression (tenant_id, email, reason, created_at)
   values ($1, $2, $3, $4::timestamptz)
   on conflict (tenant_id, email) do nothing`,
)

/** Inserts a suppression; one that is there stays as it is. */
export async function insertSuppression(
  tx: Tx,
  tenantId: string,
  { email, reason, createdAt }: Suppression,
): Promise<void> {
  await tx.execute(insertSuppressionStatement, [tenantId, email, reason, createdAt])
}

const findSuppressionStatement = statement(
  'notification.find_suppression',
  `select email, reason, created_at
   from suppression
   where tenant_id = $1
     and email = $2`,
)

/** The suppression of an address, if there is one. Takes no lock. */
export async function findSuppression(
  tx: Tx,
  tenantId: string,
  email: string,
): Promise<Suppression | undefined> {
  const [row] = await tx.query<SuppressionRow>(findSuppressionStatement, [tenantId, email])
  return row && fromRowSuppression(row)
}

const listSuppressionsStatement = statement(
  'notification.list_suppressions',
  `select email, reason, created_at
   from suppression
   where tenant_id = $1
     and email > $2
   order by email
   limit $3::bigint`,
)

/** Suppressions after an address, in order. Takes no lock. */
export async function listSuppressions(
  tx: Tx,
  tenantId: string,
  { after, limit }: { after: string; limit: number },
): Promise<Suppression[]> {
  const values = [tenantId, after, limit]
  const rows = await tx.query<SuppressionRow>(listSuppressionsStatement, values)
  return rows.map(fromRowSuppression)
}

const deleteSuppressionStatement = statement(
  'notification.delete_suppression',
  `delete from suppression
   where tenant_id = $1
     and email = $2`,
)

/** Deletes the suppression of an address, if there is one. */
export async function deleteSuppression(tx: Tx, tenantId: string, email: string): Promise<void> {
  await tx.execute(deleteSuppressionStatement, [tenantId, email])
}

function fromRowSuppression(row: SuppressionRow): Suppression {
  return { email: row.email, reason: row.reason, createdAt: row.created_at }
}
