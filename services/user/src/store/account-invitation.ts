import { statement, type Tx } from '@purser/postgres'
import type { MemberRole } from '../domain/member.ts'

/** An invitation into an account, kept as the SHA-256 of its text. */
export type AccountInvitation = {
  accountId: string
  /** As `normalizeEmail` answers it. */
  email: string
  role: MemberRole
  secretHash: Buffer
  expiresAt: Temporal.Instant
}

const putAccountInvitationStatement = statement(
  'user.put_account_invitation',
  `insert into account_invitation (tenant_id, account_id, email, role, secret_hash, expires_at)
   values ($1, $2, $3, $4, $5::bytea, $6::timestamptz)
   on conflict (tenant_id, account_id, email) do update
   set role = excluded.role,
       secret_hash = excluded.secret_hash,
       expires_at = excluded.expires_at`,
)

/** Opens an invitation; one for the same address that is open stops working. Locks its row. */
export async function putAccountInvitation(
  tx: Tx,
  tenantId: string,
  { accountId, email, role, secretHash, expiresAt }: AccountInvitation,
): Promise<void> {
  const values = [tenantId, accountId, email, role, secretHash, expiresAt]
  await tx.execute(putAccountInvitationStatement, values)
}

const takeAccountInvitationStatement = statement(
  'user.take_account_invitation',
  `delete from account_invitation
   where tenant_id = $1
     and secret_hash = $2::bytea
     and email = $3
     and expires_at > $4::timestamptz
   returning account_id, role`,
)

/**
 * Uses up an invitation of this address that works at `now`, and answers into what; undefined when
 * there is none. Locks its row.
 */
export async function takeAccountInvitation(
  tx: Tx,
  tenantId: string,
  { secretHash, email, now }: { secretHash: Buffer; email: string; now: Temporal.Instant },
): Promise<{ accountId: string; role: MemberRole } | undefined> {
  const [row] = await tx.query<{ account_id: string; role: MemberRole }>(
    takeAccountInvitationStatement,
    [tenantId, secretHash, email, now],
  )
  return row && { accountId: row.account_id, role: row.role }
}

const findAccountInvitationStatement = statement(
  'user.find_account_invitation',
  `select account_id, role
   from account_invitation
   where tenant_id = $1
     and secret_hash = $2::bytea
     and expires_at > $3::timestamptz`,
)

/** Into what an invitation that works at `now` leads; undefined when there is none. Takes no lock. */
export async function findAccountInvitation(
  tx: Tx,
  tenantId: string,
  { secretHash, now }: { secretHash: Buffer; now: Temporal.Instant },
): Promise<{ accountId: string; role: MemberRole } | undefined> {
  const [row] = await tx.query<{ account_id: string; role: MemberRole }>(
    findAccountInvitationStatement,
    [tenantId, secretHash, now],
  )
  return row && { accountId: row.account_id, role: row.role }
}
