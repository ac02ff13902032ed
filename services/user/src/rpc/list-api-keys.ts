import { create } from '@bufbuild/protobuf'
import {
  type ListApiKeysRequest,
  type ListApiKeysResponse,
  ListApiKeysResponseSchema,
} from '@purser/contracts/user/v1/user'
import type { UserContext } from '../context.ts'
import { listApiKeys as readApiKeys } from '../store/api-key.ts'
import { toProtoApiKey } from './convert.ts'

/** Lists the tenant's keys, newest first, the revoked and expired ones too. */
export function listApiKeys(ctx: UserContext) {
  return async ({ tenant }: ListApiKeysRequest): Promise<ListApiKeysResponse> => {
    const keys = await ctx.db.tx(tenant, (tx) => readApiKeys(tx, tenant), { readOnly: true })
    return create(ListApiKeysResponseSchema, { apiKeys: keys.map(toProtoApiKey) })
  }
}
