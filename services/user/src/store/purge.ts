import { type Statement, statement, type Tx } from '@purser/postgres'
import type { PurgedKind } from '../domain/retention.ts'

/** When a row of each table ended, and what else must hold for it to go. */
const ends = {
  refresh_token: 'expires_at < $2::timestamptz',
  session: `least(expires_at, revoked_at) < $2::timestamptz
     and not exists (
       select from refresh_token as token
       where token.tenant_id = old.tenant_id
         and token.session_id = old.session_id
     )`,
  sign_in_failure: 'failed_at < $2::timestamptz and blocked_until < $2::timestamptz',
  invitation: 'expires_at < $2::timestamptz',
  account_invitation: 'expires_at < $2::timestamptz',
  former_api_key_secret: 'expires_at < $2::timestamptz',
  mail_token: 'expires_at < $2::timestamptz',
  sign_in_challenge: 'expires_at < $2::timestamptz',
  sso_attempt: 'expires_at < $2::timestamptz',
  personal_export: 'expires_at < $2::timestamptz',
} as const satisfies Record<PurgedKind, string>

/** Rows are found by their place in the table: a batch is locked and removed by one statement. */
function purgeStatement(table: PurgedKind): Statement {
  return statement(
    `user.purge_${table}`,
    `delete from ${table}
     where ctid = any(array(
       select ctid
       from ${table} as old
       where tenant_id = $1
         and ${ends[table]}
       limit $3::bigint
       for update skip locked
     ))`,
  )
}

const statements = new Map<PurgedKind, Statement>(
  (Object.keys(ends) as PurgedKind[]).map((table) => [table, purgeStatement(table)]),
)

/**
 * Removes up to `limit` rows that ended before an instant; answers how many they were. Passes over
 * rows that somebody holds, and locks those that it removes.
 */
export async function purgeBatch(
  tx: Tx,
  tenantId: string,
  batch: { kind: PurgedKind; before: Temporal.Instant; limit: number },
): Promise<number> {
  const found = statements.get(batch.kind)
  return found === undefined ? 0 : await tx.execute(found, [tenantId, batch.before, batch.limit])
}
