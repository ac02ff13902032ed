import type { HandlerContext } from '@connectrpc/connect'
import { recordAct } from '@purser/idempotency'
import { PurserError } from '@purser/kernel'
import type { Database, Tx } from '@purser/postgres'
import { mailTokenPrefixes } from '../../credentials/mail-token.ts'
import type { MailToken, MailTokenPurpose } from '../../domain/mail-token.ts'
import { readOpaqueToken } from '../../domain/opaque-token.ts'
import type { User } from '../../domain/user.ts'
import { findPresentedMailToken, takeMailToken } from '../../store/mail-token.ts'
import { lockUser } from '../../store/tenant-user.ts'

/** A token that works, seen without a lock. */
export type FoundToken = { tenantId: string; token: MailToken }

/**
 * What somebody presents as a mailed token. Throws `auth.invalid_token`, in the same words, for one
 * that is unknown, made for something else, used, replaced or expired.
 */
export async function findToken(
  db: Database,
  text: string,
  { purpose, now }: { purpose: MailTokenPurpose; now: Temporal.Instant },
): Promise<FoundToken> {
  const read = readOpaqueToken(mailTokenPrefixes[purpose], text)
  if (read === undefined) throw invalidToken()
  const { tenantId, secretHash } = read
  const find = (tx: Tx) => findPresentedMailToken(tx, tenantId, { secretHash, purpose, now })
  const token = await db.tx(tenantId, find, { readOnly: true })
  if (token === undefined) throw invalidToken()
  return { tenantId, token }
}

/**
 * Uses the token up in the caller's transaction, records that as an act of its person, whose row is
 * locked, and answers the person. Throws `auth.invalid_token` when somebody was faster, and for a
 * person who cannot sign in.
 */
export async function takeToken(
  tx: Tx,
  { tenantId, token }: FoundToken,
  { call, now }: { call: HandlerContext; now: Temporal.Instant },
): Promise<User> {
  const user = await lockUser(tx, tenantId, token.userId)
  if (user?.status !== 'active') throw invalidToken()
  if (!(await takeMailToken(tx, tenantId, token.tokenId))) throw invalidToken()
  const { userId } = user
  const actor = { kind: 'user' as const, id: userId }
  await recordAct(tx, call, { actor, object: { user_id: userId }, occurredAt: now })
  return user
}

/** The one refusal of a mailed token. */
export function invalidToken(): PurserError {
  const message = 'The link does not work: it was used, replaced, or has expired.'
  return new PurserError('auth.invalid_token', message)
}
