import { randomBytes } from 'node:crypto'
import { create } from '@bufbuild/protobuf'
import { type SignInResponse, SignInResponseSchema } from '@purser/contracts/user/v1/user'
import type { HandlerContext } from '@connectrpc/connect'
import { recordAct } from '@purser/idempotency'
import { assert, newId } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { toProtoTimestamp } from '@purser/rpc'
import { signAccessToken } from '../credentials/access-token.ts'
import type { SigningKey } from '../credentials/signing-keys.ts'
import { opaqueToken, readOpaqueToken } from '../domain/opaque-token.ts'
import { refreshExpiry } from '../domain/session.ts'
import type { User } from '../domain/user.ts'
import { insertRefreshToken } from '../store/refresh-token.ts'
import { insertSession } from '../store/session.ts'
import { userAgentOf } from './caller-headers.ts'
import { toProtoUser } from './convert-user.ts'
import { checkOtherMethod } from './single-sign-on/check-sign-in-method.ts'

/**
 * Who signs in, when and with what. The signing key is fetched before the transaction begins: it
 * may need a connection of its own.
 */
export type SignIn = {
  issuer: string
  key: SigningKey
  tenantId: string
  user: User
  now: Temporal.Instant
}

/**
 * Opens a session in the caller's transaction and answers its first tokens. Records the sign-in, as an
 * act of who signs in: its method is audited and records itself. Throws `auth.sso_required` for any
 * method but single sign-on when the tenant wants that of the person.
 */
export async function openSession(
  tx: Tx,
  signIn: SignIn & { call: HandlerContext; method?: 'single_sign_on' },
): Promise<SignInResponse> {
  const { tenantId, user, call, now, method } = signIn
  if (method !== 'single_sign_on') await checkOtherMethod(tx, tenantId, user)
  const sessionId = newId('ses')
  await insertSession(tx, tenantId, {
    sessionId,
    userId: user.userId,
    userAgent: userAgentOf(call),
    createdAt: now,
    refreshedAt: now,
    expiresAt: refreshExpiry(now),
    revokedAt: undefined,
  })
  await recordAct(tx, call, {
    actor: { kind: 'user', id: user.userId },
    object: { user_id: user.userId, session_id: sessionId },
    occurredAt: now,
  })
  return await giveTokens(tx, { ...signIn, sessionId })
}

/** Adds a refresh token to a session that lasts and answers it with a new access token. */
export async function giveTokens(
  tx: Tx,
  signIn: SignIn & { sessionId: string },
): Promise<SignInResponse> {
  const { issuer, key, tenantId, user, sessionId, now } = signIn
  const refreshToken = opaqueToken('rt', tenantId, randomBytes(32))
  const secretHash = readOpaqueToken('rt', refreshToken)?.secretHash
  assert(secretHash, 'a token that was made can be read')
  const refreshExpiresAt = refreshExpiry(now)
  await insertRefreshToken(tx, tenantId, { secretHash, sessionId, expiresAt: refreshExpiresAt })
  const claims = { issuer, tenant: tenantId, userId: user.userId, sessionId, now }
  const { accessToken, expiresAt } = await signAccessToken(key, claims)
  return create(SignInResponseSchema, {
    accessToken,
    accessExpireTime: toProtoTimestamp(expiresAt),
    refreshToken,
    refreshExpireTime: toProtoTimestamp(refreshExpiresAt),
    user: toProtoUser(user),
  })
}
