import { statement, type Tx } from '@purser/postgres'

/** Public JWK (RFC 8037), ready to be published. */
type PublicJwk = Readonly<Record<string, unknown>>

export type SigningKeyRecord = {
  keyId: string
  publicJwk: PublicJwk
  /** See `sealKey`. */
  sealedPrivateJwk: Uint8Array
  createdAt: Temporal.Instant
  /** When a process that could not open it gave it up; undefined for a key in use. */
  retiredAt: Temporal.Instant | undefined
}

type SigningKeyRow = {
  key_id: string
  public_jwk: PublicJwk
  sealed_private_jwk: Buffer
  created_at: Temporal.Instant
  retired_at: Temporal.Instant | null
}

const listSigningKeysStatement = statement(
  'user.list_signing_keys',
  `select key_id, public_jwk, sealed_private_jwk, created_at, retired_at
   from signing_key
   where created_at > $1::timestamptz
   order by created_at desc, key_id desc`,
)

/** Keys made after an instant, newest first: for system transactions. Takes no lock. */
export async function listSigningKeys(
  tx: Tx,
  madeAfter: Temporal.Instant,
): Promise<SigningKeyRecord[]> {
  const rows = await tx.query<SigningKeyRow>(listSigningKeysStatement, [madeAfter])
  return rows.map((row) => ({
    keyId: row.key_id,
    publicJwk: row.public_jwk,
    sealedPrivateJwk: row.sealed_private_jwk,
    createdAt: row.created_at,
    retiredAt: row.retired_at ?? undefined,
  }))
}

const retireSigningKeysStatement = statement(
  'user.retire_signing_keys',
  `update signing_key
   set retired_at = $2::timestamptz
   where key_id = any($1::text[])
     and retired_at is null`,
)

/** Retires those of these keys that are in use: for system transactions. Locks their rows. */
export async function retireSigningKeys(
  tx: Tx,
  retired: { keyIds: readonly string[]; retiredAt: Temporal.Instant },
): Promise<void> {
  await tx.execute(retireSigningKeysStatement, [retired.keyIds, retired.retiredAt])
}

const lockSigningKeysStatement = statement(
  'user.lock_signing_keys',
  'select pg_advisory_xact_lock(hashtextextended($1, 0))',
)

/** Waits until no other transaction makes a key; the advisory lock ends with the transaction. */
export async function lockSigningKeys(tx: Tx): Promise<void> {
  await tx.execute(lockSigningKeysStatement, ['purser signing keys'])
}

const insertSigningKeyStatement = statement(
  'user.insert_signing_key',
  `insert into signing_key (tenant_id, key_id, public_jwk, sealed_private_jwk, created_at)
   values ('*', $1, $2::jsonb, $3::bytea, $4::timestamptz)`,
)

/** Inserts a key: for system transactions. */
export async function insertSigningKey(tx: Tx, key: SigningKeyRecord): Promise<void> {
  await tx.execute(insertSigningKeyStatement, [
    key.keyId,
    JSON.stringify(key.publicJwk),
    key.sealedPrivateJwk,
    key.createdAt,
  ])
}
