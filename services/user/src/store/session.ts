import { statement, type Tx } from '@purser/postgres'
import type { Session } from '../domain/session.ts'

const COLUMNS = 'session_id, user_id, user_agent, created_at, refreshed_at, expires_at, revoked_at'
/** More than anybody looks through; older ones ended long ago or were forgotten. */
const mostListed = 100

type SessionRow = {
  session_id: string
  user_id: string
  user_agent: string
  created_at: Temporal.Instant
  refreshed_at: Temporal.Instant
  expires_at: Temporal.Instant
  revoked_at: Temporal.Instant | null
}

const insertSessionStatement = statement(
  'user.insert_session',
  `insert into session (
     tenant_id, session_id, user_id, user_agent, created_at, refreshed_at, expires_at
   )
   values ($1, $2, $3, $4, $5::timestamptz, $6::timestamptz, $7::timestamptz)`,
)

/** Inserts a session that lasts. */
export async function insertSession(tx: Tx, tenantId: string, session: Session): Promise<void> {
  const { sessionId, userId, userAgent, createdAt, refreshedAt, expiresAt } = session
  const values = [tenantId, sessionId, userId, userAgent, createdAt, refreshedAt, expiresAt]
  await tx.execute(insertSessionStatement, values)
}

const findSessionStatement = statement(
  'user.find_session',
  `select ${COLUMNS}
   from session
   where tenant_id = $1
     and session_id = $2`,
)

/** The session with this id, if there is one. Takes no lock. */
export async function findSession(
  tx: Tx,
  tenantId: string,
  sessionId: string,
): Promise<Session | undefined> {
  const [row] = await tx.query<SessionRow>(findSessionStatement, [tenantId, sessionId])
  return row && fromRowSession(row)
}

const lockSessionOfTokenStatement = statement(
  'user.lock_session_of_token',
  `select ${COLUMNS}
   from session
   where tenant_id = $1
     and session_id = (
       select session_id
       from refresh_token
       where tenant_id = $1
         and secret_hash = $2::bytea
     )
   for update`,
)

/** The session of a refresh token, used or not, if there is one. Locks its row. */
export async function lockSessionOfToken(
  tx: Tx,
  tenantId: string,
  secretHash: Buffer,
): Promise<Session | undefined> {
  const values = [tenantId, secretHash]
  const [row] = await tx.query<SessionRow>(lockSessionOfTokenStatement, values)
  return row && fromRowSession(row)
}

const listSessionsStatement = statement(
  'user.list_sessions',
  `select ${COLUMNS}
   from session
   where tenant_id = $1
     and user_id = $2
   order by session_id desc
   limit ${mostListed}`,
)

/** The person's newest 100 sessions, newest first, the ended ones too. Takes no lock. */
export async function listSessions(tx: Tx, tenantId: string, userId: string): Promise<Session[]> {
  const rows = await tx.query<SessionRow>(listSessionsStatement, [tenantId, userId])
  return rows.map(fromRowSession)
}

const prolongSessionStatement = statement(
  'user.prolong_session',
  `update session
   set refreshed_at = $3::timestamptz,
       expires_at = $4::timestamptz
   where tenant_id = $1
     and session_id = $2`,
)

/** Notes an exchange of tokens. Expects the row locked. */
export async function prolongSession(
  tx: Tx,
  tenantId: string,
  prolonged: { sessionId: string; refreshedAt: Temporal.Instant; expiresAt: Temporal.Instant },
): Promise<void> {
  const { sessionId, refreshedAt, expiresAt } = prolonged
  await tx.execute(prolongSessionStatement, [tenantId, sessionId, refreshedAt, expiresAt])
}

const revokeSessionStatement = statement(
  'user.revoke_session',
  `update session
   set revoked_at = $3::timestamptz
   where tenant_id = $1
     and session_id = $2
     and revoked_at is null
     and expires_at > $3::timestamptz`,
)

/** Ends a session that lasts; answers false for one that ended before. Locks its row. */
export async function revokeSession(
  tx: Tx,
  tenantId: string,
  { sessionId, revokedAt }: { sessionId: string; revokedAt: Temporal.Instant },
): Promise<boolean> {
  return (await tx.execute(revokeSessionStatement, [tenantId, sessionId, revokedAt])) === 1
}

const revokeOtherSessionsStatement = statement(
  'user.revoke_other_sessions',
  `update session
   set revoked_at = $4::timestamptz
   where tenant_id = $1
     and user_id = $2
     and session_id <> $3
     and revoked_at is null
     and expires_at > $4::timestamptz`,
)

/**
 * Ends every session of the person that lasts but `keptSessionId`, which may be empty, and answers
 * how many they were. Expects the person's row locked, and locks the sessions'.
 */
export async function revokeOtherSessions(
  tx: Tx,
  tenantId: string,
  others: { userId: string; keptSessionId: string; revokedAt: Temporal.Instant },
): Promise<number> {
  const { userId, keptSessionId, revokedAt } = others
  const values = [tenantId, userId, keptSessionId, revokedAt]
  return await tx.execute(revokeOtherSessionsStatement, values)
}

function fromRowSession(row: SessionRow): Session {
  return {
    sessionId: row.session_id,
    userId: row.user_id,
    userAgent: row.user_agent,
    createdAt: row.created_at,
    refreshedAt: row.refreshed_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at ?? undefined,
  }
}
