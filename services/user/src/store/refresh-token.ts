import { statement, type Tx } from '@purser/postgres'

const insertRefreshTokenStatement = statement(
  'user.insert_refresh_token',
  `insert into refresh_token (tenant_id, secret_hash, session_id, expires_at)
   values ($1, $2::bytea, $3, $4::timestamptz)`,
)

/** Inserts a token that was not used, by the SHA-256 of its text. */
export async function insertRefreshToken(
  tx: Tx,
  tenantId: string,
  token: { secretHash: Buffer; sessionId: string; expiresAt: Temporal.Instant },
): Promise<void> {
  const { secretHash, sessionId, expiresAt } = token
  await tx.execute(insertRefreshTokenStatement, [tenantId, secretHash, sessionId, expiresAt])
}

const useRefreshTokenStatement = statement(
  'user.use_refresh_token',
  `update refresh_token
   set used_at = $3::timestamptz
   where tenant_id = $1
     and secret_hash = $2::bytea
     and used_at is null
   returning expires_at`,
)

/**
 * Uses a token up and answers when it expires, or expired; undefined when it was used before.
 * Expects its session's row locked, and locks the token's.
 */
export async function useRefreshToken(
  tx: Tx,
  tenantId: string,
  { secretHash, usedAt }: { secretHash: Buffer; usedAt: Temporal.Instant },
): Promise<Temporal.Instant | undefined> {
  const [row] = await tx.query<{ expires_at: Temporal.Instant }>(useRefreshTokenStatement, [
    tenantId,
    secretHash,
    usedAt,
  ])
  return row?.expires_at
}
