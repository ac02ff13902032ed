import { statement, type Tx } from '@purser/postgres'
import type { ApiKey, ApiKeyCreator } from '../domain/api-key.ts'

const names =
  `api_key_id name prefix permissions created_at created_by_kind created_by_id expires_at
  revoked_at last_used_at rotated_at`.split(/\s+/)
const COLUMNS = names.join(', ')
const KEY_COLUMNS = names.map((name) => `key.${name}`).join(', ')

type ApiKeyRow = {
  api_key_id: string
  name: string
  prefix: string
  permissions: string[]
  created_at: Temporal.Instant
  created_by_kind: ApiKeyCreator['kind'] | null
  created_by_id: string | null
  expires_at: Temporal.Instant | null
  revoked_at: Temporal.Instant | null
  last_used_at: Temporal.Instant | null
  rotated_at: Temporal.Instant | null
}

const insertApiKeyStatement = statement(
  'user.insert_api_key',
  `insert into api_key (
     tenant_id, api_key_id, name, prefix, secret_hash, permissions, created_at, expires_at,
     created_by_kind, created_by_id
   )
   values ($1, $2, $3, $4, $5::bytea, $6::text[], $7::timestamptz, $8::timestamptz, $9, $10)`,
)

/** Inserts a key with the SHA-256 of its secret. */
export async function insertApiKey(
  tx: Tx,
  tenantId: string,
  key: ApiKey,
  secretHash: Buffer,
): Promise<void> {
  await tx.execute(insertApiKeyStatement, [
    tenantId,
    key.apiKeyId,
    key.name,
    key.prefix,
    secretHash,
    key.permissions,
    key.createdAt,
    key.expiresAt,
    key.createdBy?.kind,
    key.createdBy?.id,
  ])
}

const listApiKeysStatement = statement(
  'user.list_api_keys',
  `select ${COLUMNS}
   from api_key
   where tenant_id = $1
   order by created_at desc, api_key_id desc`,
)

/** Every key of the tenant, newest first. Takes no lock. */
export async function listApiKeys(tx: Tx, tenantId: string): Promise<ApiKey[]> {
  const rows = await tx.query<ApiKeyRow>(listApiKeysStatement, [tenantId])
  return rows.map(fromRowApiKey)
}

const findApiKeyStatement = statement(
  'user.find_api_key',
  `select ${COLUMNS}
   from api_key
   where tenant_id = $1
     and api_key_id = $2`,
)

/** The key with this id, if there is one. Takes no lock. */
export async function findApiKey(
  tx: Tx,
  tenantId: string,
  apiKeyId: string,
): Promise<ApiKey | undefined> {
  const [row] = await tx.query<ApiKeyRow>(findApiKeyStatement, [tenantId, apiKeyId])
  return row && fromRowApiKey(row)
}

const revokeApiKeyStatement = statement(
  'user.revoke_api_key',
  `update api_key
   set revoked_at = $3::timestamptz
   where tenant_id = $1
     and api_key_id = $2
     and revoked_at is null
   returning ${COLUMNS}`,
)

/** Revokes a key that works and answers it; undefined for any other. Locks its row. */
export async function revokeApiKey(
  tx: Tx,
  tenantId: string,
  revoked: { apiKeyId: string; revokedAt: Temporal.Instant },
): Promise<ApiKey | undefined> {
  const { apiKeyId, revokedAt } = revoked
  const [row] = await tx.query<ApiKeyRow>(revokeApiKeyStatement, [tenantId, apiKeyId, revokedAt])
  return row && fromRowApiKey(row)
}

const findApiKeyBySecretHashStatement = statement(
  'user.find_api_key_by_secret_hash',
  `select key.tenant_id, ${KEY_COLUMNS}, null::timestamptz as secret_expires_at
   from api_key as key
   where key.secret_hash = $1::bytea
   union all
   select key.tenant_id, ${KEY_COLUMNS}, former.expires_at
   from former_api_key_secret as former
   join api_key as key using (tenant_id, api_key_id)
   where former.secret_hash = $1::bytea`,
)

/**
 * The key with this hash and its tenant, whatever tenant that is, and when the secret itself expires
 * when it is a former one: for system transactions. No lock.
 */
export async function findApiKeyBySecretHash(
  tx: Tx,
  secretHash: Buffer,
): Promise<
  { tenantId: string; key: ApiKey; secretExpiresAt: Temporal.Instant | undefined } | undefined
> {
  type FoundRow = ApiKeyRow & { tenant_id: string; secret_expires_at: Temporal.Instant | null }
  const [row] = await tx.query<FoundRow>(findApiKeyBySecretHashStatement, [secretHash])
  if (row === undefined) return undefined
  const secretExpiresAt = row.secret_expires_at ?? undefined
  return { tenantId: row.tenant_id, key: fromRowApiKey(row), secretExpiresAt }
}

function fromRowApiKey(row: ApiKeyRow): ApiKey {
  const { created_by_kind: kind, created_by_id: id } = row
  return {
    apiKeyId: row.api_key_id,
    name: row.name,
    prefix: row.prefix,
    permissions: row.permissions,
    createdAt: row.created_at,
    createdBy: kind === null || id === null ? undefined : { kind, id },
    expiresAt: row.expires_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
    lastUsedAt: row.last_used_at ?? undefined,
    rotatedAt: row.rotated_at ?? undefined,
  }
}
