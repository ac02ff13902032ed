import { statement, type Tx } from '@purser/postgres'

/** Whose key it is. */
export type KeyPlace = { principal: string; keyHash: Buffer }

/** What is kept of the first request with a key. */
export type StoredReply = { requestHash: Buffer; sealedReply: Buffer }

const tryLockStatement = statement(
  'idempotency.try_lock',
  `select pg_try_advisory_xact_lock(
     hashtextextended('idempotency ' || $1 || ' ' || $2 || ' ' || encode($3::bytea, 'hex'), 0)
   ) as locked`,
)

/** Locks the key until the transaction ends; false while another transaction holds it. */
export async function tryLockKey(tx: Tx, tenantId: string, place: KeyPlace): Promise<boolean> {
  const { principal, keyHash } = place
  const [row] = await tx.query<{ locked: boolean }>(tryLockStatement, [
    tenantId,
    principal,
    keyHash,
  ])
  return row?.locked === true
}

const findStatement = statement(
  'idempotency.find_reply',
  `select request_hash, sealed_reply
   from idempotency_key
   where tenant_id = $1
     and principal = $2
     and key_hash = $3::bytea`,
)

/** What is kept of a key. The caller holds its lock. */
export async function findReply(
  tx: Tx,
  tenantId: string,
  { principal, keyHash }: KeyPlace,
): Promise<StoredReply | undefined> {
  const [row] = await tx.query<{ request_hash: Buffer; sealed_reply: Buffer }>(findStatement, [
    tenantId,
    principal,
    keyHash,
  ])
  return row && { requestHash: row.request_hash, sealedReply: row.sealed_reply }
}

const insertStatement = statement(
  'idempotency.insert_reply',
  `insert into idempotency_key (tenant_id, principal, key_hash, request_hash, sealed_reply)
   values ($1, $2, $3::bytea, $4::bytea, $5::bytea)`,
)

/** Keeps the reply to the first request with a key. The caller holds its lock. */
export async function insertReply(
  tx: Tx,
  tenantId: string,
  reply: KeyPlace & StoredReply,
): Promise<void> {
  const { principal, keyHash, requestHash, sealedReply } = reply
  await tx.execute(insertStatement, [tenantId, principal, keyHash, requestHash, sealedReply])
}

const forgetStatement = statement(
  'idempotency.forget_old_replies',
  `delete from idempotency_key
   where (tenant_id, principal, key_hash) in (
     select tenant_id, principal, key_hash
     from idempotency_key
     where tenant_id = $1
       and created_at < now() - interval '7 days'
     order by created_at
     limit 10
     for update skip locked
   )`,
)

/** Forgets some of the tenant's replies that are older than 7 days: more than come in at one call. */
export async function forgetOldReplies(tx: Tx, tenantId: string): Promise<void> {
  await tx.execute(forgetStatement, [tenantId])
}
