import { statement, type Tx } from '@purser/postgres'

const revokeKeysOfPersonStatement = statement(
  'user.revoke_api_keys_of_person',
  `with recursive made as (
     select api_key_id
     from api_key
     where tenant_id = $1
       and created_by_kind = 'user'
       and created_by_id = $2
     union
     select key.api_key_id
     from api_key as key
     join made on key.created_by_id = made.api_key_id
     where key.tenant_id = $1
       and key.created_by_kind = 'api_key'
   )
   update api_key
   set revoked_at = $3::timestamptz
   where tenant_id = $1
     and api_key_id in (select api_key_id from made)
     and revoked_at is null
   returning api_key_id`,
)

/**
 * Revokes every key that the person made, and every key that was made with one of those; answers
 * the ids of those that worked. Expects the person's row locked, and locks the keys'. What is made
 * with one of them at the same time is seen by the next call alone: call until it answers none.
 */
export async function revokeKeysOfPerson(
  tx: Tx,
  tenantId: string,
  { userId, revokedAt }: { userId: string; revokedAt: Temporal.Instant },
): Promise<string[]> {
  const rows = await tx.query<{ api_key_id: string }>(revokeKeysOfPersonStatement, [
    tenantId,
    userId,
    revokedAt,
  ])
  return rows.map((row) => row.api_key_id)
}
