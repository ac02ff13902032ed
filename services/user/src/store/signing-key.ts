import { statement, type Tx } from '@purser/postgres'

/** Public JWK (RFC 8037), ready to be published. */
export type PublicJwk = Readonly<Record<string, unknown>>

export type SigningKeyRecord = {
  keyId: string
  publicJwk: PublicJwk
  /** See `sealKey`. */
  sealedPrivateJwk: Uint8Array
  createdAt: Temporal.Instant
}

type SigningKeyRow = {
  key_id: string
  public_jwk: PublicJwk
  sealed_private_jwk: Buffer
  created_at: Temporal.Instant
}

const findNewestSigningKeyStatement = statement(
  'user.find_newest_signing_key',
  `select key_id, public_jwk, sealed_private_jwk, created_at
   from signing_key
   order by created_at desc, key_id desc
   limit 1`,
)

/** The key made last, if there is one: for system transactions. Takes no lock. */
export async function findNewestSigningKey(tx: Tx): Promise<SigningKeyRecord | undefined> {
  const [row] = await tx.query<SigningKeyRow>(findNewestSigningKeyStatement)
  return (
    row && {
      keyId: row.key_id,
      publicJwk: row.public_jwk,
      sealedPrivateJwk: row.sealed_private_jwk,
      createdAt: row.created_at,
    }
  )
}

const listPublicKeysStatement = statement(
  'user.list_public_signing_keys',
  `select public_jwk
   from signing_key
   where created_at > $1::timestamptz
   order by created_at desc, key_id desc`,
)

/** Public parts of keys made after an instant, newest first: for system transactions. No lock. */
export async function listPublicKeys(tx: Tx, madeAfter: Temporal.Instant): Promise<PublicJwk[]> {
  const rows = await tx.query<{ public_jwk: PublicJwk }>(listPublicKeysStatement, [madeAfter])
  return rows.map((row) => row.public_jwk)
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
