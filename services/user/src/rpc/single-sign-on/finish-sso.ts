import type { HandlerContext } from '@connectrpc/connect'
import type { FinishSsoRequest } from '@purser/contracts/user/v1/single_sign_on'
import type { SignInResponse } from '@purser/contracts/user/v1/user'
import type { Tx } from '@purser/postgres'
import { readOpaqueToken } from '../../domain/opaque-token.ts'
import { openAttempt } from '../../single-sign-on/sealed-secrets.ts'
import type { SsoAttempt, SsoConnection } from '../../domain/sso-connection.ts'
import { takeAttempt } from '../../store/sso-attempt.ts'
import { findConnection } from '../../store/sso-connection.ts'
import { invalidCredentials } from '../invalid-credentials.ts'
import { openSession } from '../sign-in-answer.ts'
import { personOf } from './person-of-identity.ts'
import type { SsoContext } from './sso-context.ts'

/**
 * Finishes a sign-in with what the provider sent back. A state works once, whatever comes of it.
 * Throws `auth.invalid_credentials` for a state that is unknown, used, expired or of a former
 * connection, for a code that proves nothing, for an address that is not verified or lies outside
 * the connection's domains, and for people who are shut out; `auth.permission_denied` for somebody
 * whom the tenant does not know and does not want to be made; `auth.provider_unavailable`.
 */
export function finishSso(ctx: SsoContext) {
  return async (req: FinishSsoRequest, call: HandlerContext): Promise<SignInResponse> => {
    const { state, code, iss } = req
    const token = readOpaqueToken('sso', state)
    if (token === undefined) throw invalidCredentials()
    const { tenantId, secretHash } = token
    const now = ctx.clock.now().round('microsecond')
    // Used up before the provider is asked: of two who bring one state, one is heard.
    const taken = await ctx.db.tx(tenantId, (tx) => take(tx, tenantId, secretHash))
    if (taken === undefined) throw invalidCredentials()
    const { attempt, connection } = taken
    if (Temporal.Instant.compare(attempt.expiresAt, now) <= 0) throw invalidCredentials()

    const secrets = openAttempt(ctx.secret, secretHash, attempt.sealedSecrets)
    const callback = { redirectUri: attempt.redirectUri, state, code, iss }
    const identity = await ctx.providers.finish(connection, callback, secrets)
    const key = await ctx.signingKeys.current()
    return await ctx.db.tx(tenantId, async (tx) => {
      const user = await personOf(tx, tenantId, { connection, identity, now })
      const method = 'single_sign_on' as const
      return await openSession(tx, { issuer: ctx.issuer, key, tenantId, user, call, now, method })
    })
  }
}

async function take(
  tx: Tx,
  tenantId: string,
  stateHash: Buffer,
): Promise<{ attempt: SsoAttempt; connection: SsoConnection } | undefined> {
  const attempt = await takeAttempt(tx, tenantId, stateHash)
  const connection = await findConnection(tx, tenantId)
  const isCurrent = attempt !== undefined && attempt.connectionId === connection?.connectionId
  return isCurrent && connection ? { attempt, connection } : undefined
}
