import { randomBytes } from 'node:crypto'
import { create } from '@bufbuild/protobuf'
import {
  type StartSsoRequest,
  type StartSsoResponse,
  StartSsoResponseSchema,
} from '@purser/contracts/user/v1/single_sign_on'
import { assert } from '@purser/kernel'
import { toProtoTimestamp } from '@purser/rpc'
import { opaqueToken, readOpaqueToken } from '../../domain/opaque-token.ts'
import { sealAttempt } from '../../single-sign-on/sealed-secrets.ts'
import { insertAttempt } from '../../store/sso-attempt.ts'
import { findConnection } from '../../store/sso-connection.ts'
import { noConnection } from './get-sso-connection.ts'
import type { SsoContext } from './sso-context.ts'

const lifetimeMinutes = 10

/**
 * Begins a sign-in by the tenant's provider, to be finished within 10 minutes. Throws
 * `resource.not_found` for a tenant without a connection, and in the same words for an address to
 * come back to that is not one of the connection's; `auth.provider_unavailable`.
 */
export function startSso(ctx: SsoContext) {
  return async ({ tenant, redirectUri }: StartSsoRequest): Promise<StartSsoResponse> => {
    const now = ctx.clock.now().round('microsecond')
    const found = await ctx.db.tx(tenant, (tx) => findConnection(tx, tenant), { readOnly: true })
    // Told apart, strangers could ask who has a connection.
    if (!found?.redirectUris.includes(redirectUri)) throw noConnection()
    const state = opaqueToken('sso', tenant, randomBytes(32))
    const stateHash = readOpaqueToken('sso', state)?.secretHash
    assert(stateHash, 'a token that was made can be read')
    const { authorizationUrl, secrets } = await ctx.providers.begin(found, { redirectUri, state })
    const expiresAt = now.add({ minutes: lifetimeMinutes })
    const { connectionId } = found
    const sealedSecrets = sealAttempt(ctx.secret, stateHash, secrets)
    const attempt = { stateHash, connectionId, redirectUri, sealedSecrets, expiresAt }
    await ctx.db.tx(tenant, (tx) => insertAttempt(tx, tenant, attempt, now))
    const expireTime = toProtoTimestamp(expiresAt)
    return create(StartSsoResponseSchema, { authorizationUrl, state, expireTime })
  }
}
