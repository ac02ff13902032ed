import type { ApiKey, RevokeApiKeyRequest } from '@purser/contracts/user/v1/user'
import { PurserError } from '@purser/kernel'
import type { UserContext } from '../context.ts'
import { publishApiKeyRevoked } from '../events.ts'
import { findApiKey, revokeApiKey as revoke } from '../store/api-key.ts'
import { toProtoApiKey } from './convert.ts'

/**
 * Revokes a key for good. One that is revoked already keeps its time and publishes nothing. The caller need not hold what
 * the key holds, as to rotate it: whoever sees a secret leak ends it, and gains nothing. Throws `resource.not_found`.
 */
export function revokeApiKey(ctx: UserContext) {
  return async ({ tenant, apiKeyId }: RevokeApiKeyRequest): Promise<ApiKey> => {
    const revokedAt = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const key = await ctx.db.tx(tenant, async (tx) => {
      const revoked = await revoke(tx, tenant, { apiKeyId, revokedAt })
      if (revoked === undefined) return await findApiKey(tx, tenant, apiKeyId)
      await publishApiKeyRevoked(tx, tenant, { apiKeyId, revokedAt })
      return revoked
    })
    if (key !== undefined) return toProtoApiKey(key)
    throw unknownApiKey(apiKeyId)
  }
}

/** The refusal of a key that the tenant does not have. */
export function unknownApiKey(apiKeyId: string): PurserError {
  return new PurserError('resource.not_found', `There is no API key "${apiKeyId}".`)
}
