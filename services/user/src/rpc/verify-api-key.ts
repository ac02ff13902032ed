import { create } from '@bufbuild/protobuf'
import {
  type VerifyApiKeyRequest,
  type VerifyApiKeyResponse,
  VerifyApiKeyResponseSchema,
} from '@purser/contracts/user/v1/user'
import { PurserError } from '@purser/kernel'
import { toProtoTimestamp } from '@purser/rpc'
import type { UserContext } from '../context.ts'
import type { ApiKeyUses } from '../api-key-uses.ts'
import { earlier, isUsable } from '../domain/api-key.ts'
import { hashApiKeySecret, isApiKeySecret } from '../domain/api-key-secret.ts'
import { findApiKeyBySecretHash } from '../store/api-key.ts'

/**
 * Answers whose key a secret is, and until when, and notes that it was used. A secret that is
 * malformed, unknown, revoked, expired or replaced longer ago than its overlap is refused with
 * `auth.invalid_credentials` and the same words, so that nobody learns which of them it was. A wrong
 * checksum costs no query.
 */
export function verifyApiKey(ctx: UserContext, uses: ApiKeyUses) {
  return async ({ secret }: VerifyApiKeyRequest): Promise<VerifyApiKeyResponse> => {
    if (!isApiKeySecret(secret)) throw refused()
    const hash = hashApiKeySecret(secret)
    const found = await ctx.db.system((tx) => findApiKeyBySecretHash(tx, hash), { readOnly: true })
    if (found === undefined) throw refused()
    const { tenantId, key } = found
    const { apiKeyId, revokedAt } = key
    const expiresAt = earlier(key.expiresAt, found.secretExpiresAt)
    const now = ctx.clock.now({ tenantId })
    if (!isUsable({ revokedAt, expiresAt }, now)) throw refused()
    uses.note({ tenantId, apiKeyId, usedAt: now.round('microsecond') })
    return create(VerifyApiKeyResponseSchema, {
      apiKeyId,
      tenant: tenantId,
      permissions: [...key.permissions],
      ...(expiresAt ? { expireTime: toProtoTimestamp(expiresAt) } : {}),
    })
  }
}

function refused(): PurserError {
  return new PurserError('auth.invalid_credentials', 'The API key is not valid.')
}
