import { randomBytes } from 'node:crypto'
import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type RotateApiKeyRequest,
  type RotateApiKeyResponse,
  RotateApiKeyResponseSchema,
} from '@purser/contracts/user/v1/user'
import { PurserError } from '@purser/kernel'
import { principalOf, toProtoTimestamp } from '@purser/rpc'
import type { UserContext } from '../context.ts'
import { type ApiKey, isUsable } from '../domain/api-key.ts'
import { apiKeyPrefix, apiKeySecret, hashApiKeySecret } from '../domain/api-key-secret.ts'
import { holdsPermission } from '../domain/permission.ts'
import { publishApiKeyRotated } from '../events.ts'
import { findApiKey } from '../store/api-key.ts'
import { replaceSecret } from '../store/api-key-rotation.ts'
import { toProtoApiKey } from './convert.ts'
import { requireKeyMaker } from './require-key-maker.ts'
import { unknownApiKey } from './revoke-api-key.ts'

/**
 * Gives a key another secret and answers it, this once; whose key it is and what it may do stay. The
 * secret until now works until the overlap ends, and so do those from before it at the longest. Throws,
 * in this order: `auth.permission_denied` for a caller who was just shut out, `resource.not_found`,
 * `auth.permission_denied` for a key that holds more than the caller, who would get hold of its secret,
 * `user.api_key_ended` for one that is revoked or expired.
 */
export function rotateApiKey(ctx: UserContext) {
  return async (req: RotateApiKeyRequest, call: HandlerContext): Promise<RotateApiKeyResponse> => {
    const { tenant, apiKeyId, overlapSeconds } = req
    const caller = principalOf(call)
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const formerExpiresAt = now.add({ seconds: overlapSeconds })
    const secret = apiKeySecret(randomBytes(32))
    const prefix = apiKeyPrefix(secret)

    const key = await ctx.db.tx(tenant, async (tx) => {
      await requireKeyMaker(tx, tenant, { caller, now, keyIds: [apiKeyId] })
      const found = await findApiKey(tx, tenant, apiKeyId)
      if (found === undefined) throw unknownApiKey(apiKeyId)
      checkMayHold(caller.permissions, found)
      checkWorks(found, now)
      const secretHash = hashApiKeySecret(secret)
      const rotation = { apiKeyId, secretHash, prefix, rotatedAt: now, formerExpiresAt }
      await replaceSecret(tx, tenant, rotation)
      await publishApiKeyRotated(tx, tenant, rotation)
      return { ...found, prefix, rotatedAt: now }
    })
    return create(RotateApiKeyResponseSchema, {
      apiKey: toProtoApiKey(key),
      secret,
      formerSecretExpireTime: toProtoTimestamp(formerExpiresAt),
    })
  }
}

function checkMayHold(held: readonly string[], { permissions }: ApiKey): void {
  if (permissions.every((permission) => holdsPermission(held, permission))) return
  const message = 'The key holds more permissions than the caller.'
  throw new PurserError('auth.permission_denied', message, {
    fields: [{ field: 'api_key_id', message: 'has permissions that the caller does not hold' }],
  })
}

function checkWorks(key: ApiKey, now: Temporal.Instant): void {
  if (isUsable(key, now)) return
  const message = 'The key is revoked or expired; create another one.'
  throw new PurserError('user.api_key_ended', message)
}
