import { statement, type Tx } from '@purser/postgres'

const putInvitationStatement = statement(
  'user.put_invitation',
  `insert into invitation (tenant_id, user_id, secret_hash, expires_at)
   values ($1, $2, $3::bytea, $4::timestamptz)
   on conflict (tenant_id, user_id) do update
   set secret_hash = excluded.secret_hash,
       expires_at = excluded.expires_at`,
)

/**
 * Opens an invitation with the SHA-256 of its text; one that is open stops working. Expects the
 * person's row locked, and locks the invitation's.
 */
export async function putInvitation(
  tx: Tx,
  tenantId: string,
  invitation: { userId: string; secretHash: Buffer; expiresAt: Temporal.Instant },
): Promise<void> {
  const { userId, secretHash, expiresAt } = invitation
  await tx.execute(putInvitationStatement, [tenantId, userId, secretHash, expiresAt])
}

const removeInvitationStatement = statement(
  'user.remove_open_invitation',
  `delete from invitation
   where tenant_id = $1
     and user_id = $2`,
)

/** Removes the person's open invitation, if there is one. Expects the person's row locked. */
export async function removeInvitation(tx: Tx, tenantId: string, userId: string): Promise<void> {
  await tx.execute(removeInvitationStatement, [tenantId, userId])
}
