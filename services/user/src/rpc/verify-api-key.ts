import { create } from '@bufbuild/protobuf'
import {
  type VerifyApiKeyRequest,
  type VerifyApiKeyResponse,
  VerifyApiKeyResponseSchema,
} from '@purser/contracts/user/v1/user'
import { PurserError } from '@purser/kernel'
import { toProtoTimestamp } from '@purser/rpc'
import type { UserContext } from '../context.ts'
import { isUsable } from '../domain/api-key.ts'
import { hashApiKeySecret, isApiKeySecret } from '../domain/api-key-secret.ts'
import { findApiKeyBySecretHash } from '../store/api-key.ts'

/**
 * Answers whose key a secret is. A secret that is malformed, unknown, revoked or expired is refused
 * with `auth.invalid_credentials` and the same words, so that nobody learns which of them it was. A
 * wrong checksum costs no query.
 */
export function verifyApiKey(ctx: UserContext) {
  return async ({ secret }: VerifyApiKeyRequest): Promise<VerifyApiKeyResponse> => {
    if (!isApiKeySecret(secret)) throw refused()
    const hash = hashApiKeySecret(secret)
    const found = await ctx.db.system((tx) => findApiKeyBySecretHash(tx, hash), { readOnly: true })
    if (found === undefined) throw refused()
    const { tenantId, key } = found
    if (!isUsable(key, ctx.clock.now({ tenantId }))) throw refused()
    return create(VerifyApiKeyResponseSchema, {
      apiKeyId: key.apiKeyId,
      tenant: tenantId,
      permissions: [...key.permissions],
      ...(key.expiresAt ? { expireTime: toProtoTimestamp(key.expiresAt) } : {}),
    })
  }
}

function refused(): PurserError {
  return new PurserError('auth.invalid_credentials', 'The API key is not valid.')
}
