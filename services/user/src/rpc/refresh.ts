import type { HandlerContext } from '@connectrpc/connect'
import type { RefreshRequest, SignInResponse } from '@purser/contracts/user/v1/user'
import { recordAct } from '@purser/idempotency'
import type { Tx } from '@purser/postgres'
import type { SigningKey } from '../credentials/signing-keys.ts'
import { readOpaqueToken } from '../domain/opaque-token.ts'
import { refreshExpiry, type Session, sessionEnd } from '../domain/session.ts'
import { publishSessionReuseDetected } from '../events.ts'
import { useRefreshToken } from '../store/refresh-token.ts'
import { lockSessionOfToken, prolongSession, revokeSession } from '../store/session.ts'
import { findUser } from '../store/tenant-user.ts'
import { invalidCredentials } from './invalid-credentials.ts'
import { giveTokens } from './sign-in-answer.ts'
import type { SignInContext } from './sign-in-context.ts'

type PresentedToken = {
  tenantId: string
  secretHash: Buffer
  now: Temporal.Instant
  call: HandlerContext
}

/**
 * Exchanges a refresh token, which works once for 30 days, for new tokens of the same session. A
 * token that was used before ends the session: one of its two bearers stole it, and nobody can tell
 * which (RFC 9700, section 4.14.2). So of two exchanges of one token at the same time one is
 * answered, and the session ends all the same: a client must not exchange a token twice. Throws
 * `auth.invalid_credentials` for every token that does not work.
 */
export function refresh(ctx: SignInContext) {
  return async (
    { refreshToken }: RefreshRequest,
    call: HandlerContext,
  ): Promise<SignInResponse> => {
    const token = readOpaqueToken('rt', refreshToken)
    if (token === undefined) throw invalidCredentials()
    const presented = { ...token, now: ctx.clock.now().round('microsecond'), call }
    const key = await ctx.signingKeys.current()
    // A refusal is answered, not thrown, so that the end of the session is committed.
    const answer = await ctx.db.tx(token.tenantId, (tx) => exchange(ctx, tx, presented, key))
    if (answer === undefined) throw invalidCredentials()
    return answer
  }
}

async function exchange(
  ctx: SignInContext,
  tx: Tx,
  presented: PresentedToken,
  key: SigningKey,
): Promise<SignInResponse | undefined> {
  const { tenantId, secretHash, now } = presented
  const session = await lockSessionOfToken(tx, tenantId, secretHash)
  if (session === undefined || sessionEnd(session, now) !== undefined) return undefined
  const user = await findUser(tx, tenantId, session.userId)
  if (user?.status !== 'active') return undefined

  const expiresAt = await useRefreshToken(tx, tenantId, { secretHash, usedAt: now })
  if (expiresAt === undefined) return await endReused(tx, session, presented)
  if (Temporal.Instant.compare(expiresAt, now) <= 0) return undefined
  const { sessionId } = session
  const prolonged = { sessionId, refreshedAt: now, expiresAt: refreshExpiry(now) }
  await prolongSession(tx, tenantId, prolonged)
  return await giveTokens(tx, { issuer: ctx.issuer, key, tenantId, user, sessionId, now })
}

async function endReused(
  tx: Tx,
  { sessionId, userId }: Session,
  { tenantId, now, call }: PresentedToken,
): Promise<undefined> {
  await revokeSession(tx, tenantId, { sessionId, revokedAt: now })
  await publishSessionReuseDetected(tx, tenantId, { userId, sessionId, occurredAt: now })
  const object = { user_id: userId, session_id: sessionId }
  await recordAct(tx, call, { action: 'user.end_reused_session', object, occurredAt: now })
}
