import { create } from '@bufbuild/protobuf'
import {
  type ListSigningKeysRequest,
  type ListSigningKeysResponse,
  ListSigningKeysResponseSchema,
} from '@purser/contracts/user/v1/user'
import type { UserContext } from '../context.ts'
import { forgottenBefore, isListed } from '../domain/signing-key-age.ts'
import { listSigningKeys as readSigningKeys } from '../store/signing-key.ts'

/**
 * Answers the public keys younger than 60 days that were not retired, or not long ago, newest first,
 * as of now: a key is listed before its first token is answered.
 */
export function listSigningKeys(ctx: UserContext) {
  return async (_: ListSigningKeysRequest): Promise<ListSigningKeysResponse> => {
    const now = ctx.clock.now().round('microsecond')
    const read = (tx: Parameters<typeof readSigningKeys>[0]) =>
      readSigningKeys(tx, forgottenBefore(now))
    const known = await ctx.db.system(read, { readOnly: true })
    const keys = known.filter((key) => isListed(key, now)).map(({ publicJwk }) => publicJwk)
    return create(ListSigningKeysResponseSchema, { jwksJson: JSON.stringify({ keys }) })
  }
}
