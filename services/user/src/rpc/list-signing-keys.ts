import { create } from '@bufbuild/protobuf'
import {
  type ListSigningKeysRequest,
  type ListSigningKeysResponse,
  ListSigningKeysResponseSchema,
} from '@purser/contracts/user/v1/user'
import type { UserContext } from '../context.ts'
import { listPublicKeys } from '../store/signing-key.ts'

/** A key signs for 30 days and its last token lives 5 minutes: 60 days leave room for any clock. */
const listedHours = 60 * 24

/**
 * Answers the public keys younger than 60 days, newest first, as of now: a key is listed before
 * its first token is answered.
 */
export function listSigningKeys(ctx: UserContext) {
  return async (_: ListSigningKeysRequest): Promise<ListSigningKeysResponse> => {
    const madeAfter = ctx.clock.now().round('microsecond').subtract({ hours: listedHours })
    const keys = await ctx.db.system((tx) => listPublicKeys(tx, madeAfter), { readOnly: true })
    return create(ListSigningKeysResponseSchema, { jwksJson: JSON.stringify({ keys }) })
  }
}
