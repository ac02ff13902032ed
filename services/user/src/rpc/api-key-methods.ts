import type { ServiceImpl } from '@connectrpc/connect'
import type { UserService } from '@purser/contracts/user/v1/user'
import type { ApiKeyUses } from '../api-key-uses.ts'
import type { UserContext } from '../context.ts'
import { createApiKey } from './create-api-key.ts'
import { listApiKeys } from './list-api-keys.ts'
import { revokeApiKey } from './revoke-api-key.ts'
import { rotateApiKey } from './rotate-api-key.ts'
import { verifyApiKey } from './verify-api-key.ts'

/** Credentials of programs. */
export function apiKeyMethods(ctx: UserContext, uses: ApiKeyUses) {
  return {
    createApiKey: createApiKey(ctx),
    listApiKeys: listApiKeys(ctx),
    rotateApiKey: rotateApiKey(ctx),
    revokeApiKey: revokeApiKey(ctx),
    verifyApiKey: verifyApiKey(ctx, uses),
  } satisfies Partial<ServiceImpl<typeof UserService>>
}
