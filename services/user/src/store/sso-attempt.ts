import { statement, type Tx } from '@purser/postgres'
import type { SsoAttempt } from '../domain/sso-connection.ts'

type AttemptRow = {
  connection_id: string
  redirect_uri: string
  sealed_secrets: Buffer
  expires_at: Temporal.Instant
}

const insertAttemptStatement = statement(
  'user.insert_sso_attempt',
  `with expired as (
     delete from sso_attempt
     where tenant_id = $1
       and expires_at <= $7::timestamptz
   )
   insert into sso_attempt (
     tenant_id, state_hash, connection_id, redirect_uri, sealed_secrets, expires_at
   )
   values ($1, $2::bytea, $3, $4, $5::bytea, $6::timestamptz)`,
)

/** Stores a sign-in that begins at `now`, and forgets those that were never finished. */
export async function insertAttempt(
  tx: Tx,
  tenantId: string,
  attempt: SsoAttempt,
  now: Temporal.Instant,
): Promise<void> {
  const { stateHash, connectionId, redirectUri, sealedSecrets, expiresAt } = attempt
  const values = [tenantId, stateHash, connectionId, redirectUri, sealedSecrets, expiresAt, now]
  await tx.execute(insertAttemptStatement, values)
}

const takeAttemptStatement = statement(
  'user.take_sso_attempt',
  `delete from sso_attempt
   where tenant_id = $1
     and state_hash = $2::bytea
   returning connection_id, redirect_uri, sealed_secrets, expires_at`,
)

/** Uses a sign-in up and answers it, expired or not; undefined when there is none, or was. */
export async function takeAttempt(
  tx: Tx,
  tenantId: string,
  stateHash: Buffer,
): Promise<SsoAttempt | undefined> {
  const [row] = await tx.query<AttemptRow>(takeAttemptStatement, [tenantId, stateHash])
  return (
    row && {
      stateHash,
      connectionId: row.connection_id,
      redirectUri: row.redirect_uri,
      sealedSecrets: row.sealed_secrets,
      expiresAt: row.expires_at,
    }
  )
}
