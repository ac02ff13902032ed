import { randomBytes } from 'node:crypto'
import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type CreateApiKeyRequest,
  type CreateApiKeyResponse,
  CreateApiKeyResponseSchema,
} from '@purser/contracts/user/v1/user'
import { assert, newId, PurserError } from '@purser/kernel'
import { fromProtoTimestamp, type Principal, principalOf } from '@purser/rpc'
import type { UserContext } from '../context.ts'
import type { ApiKey, ApiKeyCreator } from '../domain/api-key.ts'
import { apiKeyPrefix, apiKeySecret, hashApiKeySecret } from '../domain/api-key-secret.ts'
import { checkGrant } from '../domain/grant.ts'
import { publishApiKeyCreated } from '../events.ts'
import { insertApiKey } from '../store/api-key.ts'
import { toProtoApiKey } from './convert.ts'
import { readTenant } from './get-tenant.ts'
import { requireKeyMaker } from './require-key-maker.ts'

/**
 * Creates an API key and answers its secret, this once. Throws `auth.permission_denied` for a
 * permission that the caller does not hold, `request.invalid` for an expiry that is not in the
 * future, `resource.not_found` for an unknown tenant, `auth.permission_denied` for a caller who was
 * just shut out.
 */
export function createApiKey(ctx: UserContext) {
  return async (req: CreateApiKeyRequest, call: HandlerContext): Promise<CreateApiKeyResponse> => {
    const { tenant } = req
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const tooMuch = 'A key cannot hold more permissions than who creates it.'
    const caller = principalOf(call)
    checkGrant(caller.permissions, req.permissions, tooMuch)
    const expiresAt = req.expireTime && fromProtoTimestamp(req.expireTime).round('microsecond')
    checkExpiry(expiresAt, now)

    const secret = apiKeySecret(randomBytes(32))
    const key: ApiKey = {
      apiKeyId: newId('key'),
      name: req.name,
      prefix: apiKeyPrefix(secret),
      permissions: [...new Set(req.permissions)],
      createdAt: now,
      createdBy: creatorOf(caller),
      expiresAt,
      revokedAt: undefined,
      lastUsedAt: undefined,
      rotatedAt: undefined,
    }
    await ctx.db.tx(tenant, async (tx) => {
      await readTenant(tx, tenant)
      await requireKeyMaker(tx, tenant, { caller, now })
      await insertApiKey(tx, tenant, key, hashApiKeySecret(secret))
      await publishApiKeyCreated(tx, tenant, key)
    })
    return create(CreateApiKeyResponseSchema, { apiKey: toProtoApiKey(key), secret })
  }
}

function creatorOf({ kind, id }: Principal): ApiKeyCreator {
  assert(kind !== 'anonymous', 'the method requires a permission')
  return { kind, id }
}

function checkExpiry(expiresAt: Temporal.Instant | undefined, now: Temporal.Instant): void {
  if (expiresAt === undefined || Temporal.Instant.compare(now, expiresAt) < 0) return
  throw new PurserError('request.invalid', 'A key must expire in the future, or never.', {
    fields: [{ field: 'expire_time', message: 'must be in the future' }],
  })
}
