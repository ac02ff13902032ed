import { statement, type Tx } from '@purser/postgres'

const lockApiKeysStatement = statement(
  'user.lock_api_keys',
  `select 1
   from api_key
   where tenant_id = $1
     and api_key_id = any($2::text[])
   order by api_key_id
   for update`,
)

/**
 * Locks the rows of these keys, as far as they are there, in order of their ids: rotations and
 * revocations happen one after the other.
 */
export async function lockApiKeys(
  tx: Tx,
  tenantId: string,
  apiKeyIds: readonly string[],
): Promise<void> {
  if (apiKeyIds.length > 0) await tx.execute(lockApiKeysStatement, [tenantId, apiKeyIds])
}

const shortenFormerStatement = statement(
  'user.shorten_former_api_key_secrets',
  `update former_api_key_secret
   set expires_at = least(expires_at, $3::timestamptz)
   where tenant_id = $1
     and api_key_id = $2`,
)

const keepFormerStatement = statement(
  'user.keep_former_api_key_secret',
  `insert into former_api_key_secret (tenant_id, secret_hash, api_key_id, expires_at)
   select tenant_id, secret_hash, api_key_id, $3::timestamptz
   from api_key
   where tenant_id = $1
     and api_key_id = $2`,
)

const replaceSecretStatement = statement(
  'user.replace_api_key_secret',
  `update api_key
   set secret_hash = $3::bytea,
       prefix = $4,
       rotated_at = $5::timestamptz
   where tenant_id = $1
     and api_key_id = $2`,
)

/** A key's new secret by its SHA-256. */
export type NewSecret = {
  apiKeyId: string
  secretHash: Buffer
  prefix: string
  rotatedAt: Temporal.Instant
  /** When the secret until now stops working, and any from before it at the latest. */
  formerExpiresAt: Temporal.Instant
}

/** Gives a key another secret. Expects the key's row locked. */
export async function replaceSecret(tx: Tx, tenantId: string, secret: NewSecret): Promise<void> {
  const { apiKeyId, secretHash, prefix, rotatedAt, formerExpiresAt } = secret
  await tx.execute(shortenFormerStatement, [tenantId, apiKeyId, formerExpiresAt])
  await tx.execute(keepFormerStatement, [tenantId, apiKeyId, formerExpiresAt])
  await tx.execute(replaceSecretStatement, [tenantId, apiKeyId, secretHash, prefix, rotatedAt])
}
