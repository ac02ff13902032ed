import { statement, type Tx } from '@purser/postgres'
import type { MailToken, MailTokenPurpose } from '../domain/mail-token.ts'

const COLUMNS = 'token_id, user_id, purpose, email, created_at, expires_at'

/** Open tokens of a person and purpose: whoever asks more often loses the oldest. */
const mostOpen = 5

type MailTokenRow = {
  token_id: string
  user_id: string
  purpose: MailTokenPurpose
  email: string
  created_at: Temporal.Instant
  expires_at: Temporal.Instant
}

const insertMailTokenStatement = statement(
  'user.insert_mail_token',
  `insert into mail_token (
     tenant_id, token_id, user_id, purpose, email, secret_hash, created_at, expires_at
   )
   values ($1, $2, $3, $4, $5, $6::bytea, $7::timestamptz, $8::timestamptz)
   on conflict (tenant_id, token_id) do nothing`,
)

const trimMailTokensStatement = statement(
  'user.trim_mail_tokens',
  `delete from mail_token
   where tenant_id = $1
     and user_id = $2
     and purpose = $3
     and token_id not in (
       select token_id
       from mail_token
       where tenant_id = $1
         and user_id = $2
         and purpose = $3
       order by token_id desc
       limit ${mostOpen}
     )`,
)

/**
 * Inserts a token by the SHA-256 of its text, unless it is there, and removes all but the newest
 * five of the person and purpose. Expects the person's row locked.
 */
export async function insertMailToken(
  tx: Tx,
  tenantId: string,
  { secretHash, ...token }: MailToken & { secretHash: Buffer },
): Promise<void> {
  const { tokenId, userId, purpose, email, createdAt, expiresAt } = token
  const values = [tenantId, tokenId, userId, purpose, email, secretHash, createdAt, expiresAt]
  await tx.execute(insertMailTokenStatement, values)
  await tx.execute(trimMailTokensStatement, [tenantId, userId, purpose])
}

const findMailTokenStatement = statement(
  'user.find_mail_token',
  `select ${COLUMNS}
   from mail_token
   where tenant_id = $1
     and token_id = $2`,
)

/** The token with this id, if it was not used, replaced or removed. Takes no lock. */
export async function findMailToken(
  tx: Tx,
  tenantId: string,
  tokenId: string,
): Promise<MailToken | undefined> {
  const [row] = await tx.query<MailTokenRow>(findMailTokenStatement, [tenantId, tokenId])
  return row && fromRowMailToken(row)
}

const findMailTokenBySecretStatement = statement(
  'user.find_mail_token_by_secret',
  `select ${COLUMNS}
   from mail_token
   where tenant_id = $1
     and secret_hash = $2::bytea
     and purpose = $3
     and expires_at > $4::timestamptz`,
)

/** What works at an instant for a purpose, by the SHA-256 of its text. */
export type PresentedMailToken = {
  secretHash: Buffer
  purpose: MailTokenPurpose
  now: Temporal.Instant
}

/** The token that was presented, if it works. Takes no lock. */
export async function findPresentedMailToken(
  tx: Tx,
  tenantId: string,
  { secretHash, purpose, now }: PresentedMailToken,
): Promise<MailToken | undefined> {
  const values = [tenantId, secretHash, purpose, now]
  const [row] = await tx.query<MailTokenRow>(findMailTokenBySecretStatement, values)
  return row && fromRowMailToken(row)
}

const takeMailTokenStatement = statement(
  'user.take_mail_token',
  `delete from mail_token
   where tenant_id = $1
     and token_id = $2`,
)

/** Uses a token up; answers false when that was done before. Expects the person's row locked. */
export async function takeMailToken(tx: Tx, tenantId: string, tokenId: string): Promise<boolean> {
  return (await tx.execute(takeMailTokenStatement, [tenantId, tokenId])) === 1
}

const removeMailTokensStatement = statement(
  'user.remove_mail_tokens',
  `delete from mail_token
   where tenant_id = $1
     and user_id = $2
     and purpose = any($3::text[])`,
)

/** Removes the person's open tokens of these purposes. Expects the person's row locked. */
export async function removeMailTokens(
  tx: Tx,
  tenantId: string,
  { userId, purposes }: { userId: string; purposes: readonly MailTokenPurpose[] },
): Promise<void> {
  await tx.execute(removeMailTokensStatement, [tenantId, userId, purposes])
}

function fromRowMailToken(row: MailTokenRow): MailToken {
  return {
    tokenId: row.token_id,
    userId: row.user_id,
    purpose: row.purpose,
    email: row.email,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}
