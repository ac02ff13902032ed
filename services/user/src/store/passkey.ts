import { statement, type Tx } from '@purser/postgres'
import type { Passkey } from '../domain/passkey.ts'
import type { Person } from '../domain/person.ts'

const COLUMNS = `passkey_id, user_id, name, credential_id, public_key, sign_count, transports,
     is_synced, created_at, used_at`

type PasskeyRow = {
  passkey_id: string
  user_id: string
  name: string
  credential_id: Buffer
  public_key: Buffer
  sign_count: bigint
  transports: string[]
  is_synced: boolean
  created_at: Temporal.Instant
  used_at: Temporal.Instant | null
}

const insertPasskeyStatement = statement(
  'user.insert_passkey',
  `insert into passkey (
     tenant_id, passkey_id, user_id, name, credential_id, public_key, sign_count, transports,
     is_synced, created_at
   )
   values ($1, $2, $3, $4, $5::bytea, $6::bytea, $7::bigint, $8::text[], $9, $10::timestamptz)
   on conflict (tenant_id, credential_id) do nothing`,
)

/** Inserts a passkey; answers false when anybody in the tenant has its credential id. */
export async function insertPasskey(tx: Tx, tenantId: string, passkey: Passkey): Promise<boolean> {
  const inserted = await tx.execute(insertPasskeyStatement, [
    tenantId,
    passkey.passkeyId,
    passkey.userId,
    passkey.name,
    passkey.credentialId,
    passkey.publicKey,
    passkey.signCount,
    passkey.transports,
    passkey.isSynced,
    passkey.createdAt,
  ])
  return inserted === 1
}

const listPasskeysStatement = statement(
  'user.list_passkeys',
  `select ${COLUMNS}
   from passkey
   where tenant_id = $1
     and user_id = $2
   order by passkey_id`,
)

/** The person's passkeys, oldest first. Takes no lock. */
export async function listPasskeys(tx: Tx, { tenant, userId }: Person): Promise<Passkey[]> {
  const rows = await tx.query<PasskeyRow>(listPasskeysStatement, [tenant, userId])
  return rows.map(fromRowPasskey)
}

const findPasskeyByCredentialStatement = statement(
  'user.find_passkey_by_credential',
  `select ${COLUMNS}
   from passkey
   where tenant_id = $1
     and credential_id = $2::bytea`,
)

/** The passkey that an authenticator names so, if there is one. Takes no lock. */
export async function findPasskeyByCredential(
  tx: Tx,
  tenantId: string,
  credentialId: Buffer,
): Promise<Passkey | undefined> {
  const values = [tenantId, credentialId]
  const [row] = await tx.query<PasskeyRow>(findPasskeyByCredentialStatement, values)
  return row && fromRowPasskey(row)
}

const usePasskeyStatement = statement(
  'user.use_passkey',
  `update passkey
   set sign_count = $3::bigint,
       used_at = $4::timestamptz
   where tenant_id = $1
     and passkey_id = $2
     and (sign_count < $3::bigint or (sign_count = 0 and $3::bigint = 0))`,
)

/**
 * Notes a sign-in; answers false when the counter did not go up, as after a copy of the passkey was
 * used (WebAuthn, section 6.1.1). Locks its row.
 */
export async function usePasskey(
  tx: Tx,
  tenantId: string,
  use: { passkeyId: string; signCount: number; usedAt: Temporal.Instant },
): Promise<boolean> {
  const { passkeyId, signCount, usedAt } = use
  return (await tx.execute(usePasskeyStatement, [tenantId, passkeyId, signCount, usedAt])) === 1
}

const renamePasskeyStatement = statement(
  'user.rename_passkey',
  `update passkey
   set name = $4
   where tenant_id = $1
     and user_id = $2
     and passkey_id = $3
   returning ${COLUMNS}`,
)

/** Gives one of the person's passkeys another name, if it is there. Locks its row. */
export async function renamePasskey(
  tx: Tx,
  { tenant, userId }: Person,
  { passkeyId, name }: { passkeyId: string; name: string },
): Promise<Passkey | undefined> {
  const values = [tenant, userId, passkeyId, name]
  const [row] = await tx.query<PasskeyRow>(renamePasskeyStatement, values)
  return row && fromRowPasskey(row)
}

const deletePasskeyStatement = statement(
  'user.delete_passkey',
  `delete from passkey
   where tenant_id = $1
     and user_id = $2
     and passkey_id = $3`,
)

/** Removes one of the person's passkeys; answers false when it is not there. Locks its row. */
export async function deletePasskey(
  tx: Tx,
  { tenant, userId }: Person,
  passkeyId: string,
): Promise<boolean> {
  return (await tx.execute(deletePasskeyStatement, [tenant, userId, passkeyId])) === 1
}

const removePasskeysStatement = statement(
  'user.remove_passkeys',
  `delete from passkey
   where tenant_id = $1
     and user_id = $2`,
)

/** Removes all of the person's passkeys. Expects the person's row locked, and locks theirs. */
export async function removePasskeys(tx: Tx, { tenant, userId }: Person): Promise<void> {
  await tx.execute(removePasskeysStatement, [tenant, userId])
}

function fromRowPasskey(row: PasskeyRow): Passkey {
  return {
    passkeyId: row.passkey_id,
    userId: row.user_id,
    name: row.name,
    credentialId: row.credential_id,
    publicKey: row.public_key,
    signCount: Number(row.sign_count),
    transports: row.transports,
    isSynced: row.is_synced,
    createdAt: row.created_at,
    usedAt: row.used_at ?? undefined,
  }
}
