import { statement, type Tx } from '@purser/postgres'

const findInvitedUserIdStatement = statement(
  'user.find_invited_user_id',
  `select user_id
   from invitation
   where tenant_id = $1
     and secret_hash = $2::bytea
     and expires_at > $3::timestamptz`,
)

/** Whom an invitation that works at `now` is for, by the SHA-256 of its text. Takes no lock. */
export async function findInvitedUserId(
  tx: Tx,
  tenantId: string,
  { secretHash, now }: { secretHash: Buffer; now: Temporal.Instant },
): Promise<string | undefined> {
  const [row] = await tx.query<{ user_id: string }>(findInvitedUserIdStatement, [
    tenantId,
    secretHash,
    now,
  ])
  return row?.user_id
}

const takeInvitationStatement = statement(
  'user.take_invitation',
  `delete from invitation
   where tenant_id = $1
     and secret_hash = $2::bytea
     and expires_at > $3::timestamptz`,
)

/** Uses an invitation up; answers false when it does not work. Expects the person's row locked. */
export async function takeInvitation(
  tx: Tx,
  tenantId: string,
  { secretHash, now }: { secretHash: Buffer; now: Temporal.Instant },
): Promise<boolean> {
  return (await tx.execute(takeInvitationStatement, [tenantId, secretHash, now])) === 1
}
