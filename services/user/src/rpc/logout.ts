import { create } from '@bufbuild/protobuf'
import {
  type LogoutRequest,
  type LogoutResponse,
  LogoutResponseSchema,
} from '@purser/contracts/user/v1/user'
import type { UserContext } from '../context.ts'
import { readOpaqueToken } from '../domain/opaque-token.ts'
import { lockSessionOfToken, revokeSession } from '../store/session.ts'

/** Ends the session of a refresh token, used or not. A token that is of none changes nothing. */
export function logout(ctx: UserContext) {
  return async ({ refreshToken }: LogoutRequest): Promise<LogoutResponse> => {
    const token = readOpaqueToken('rt', refreshToken)
    if (token === undefined) return create(LogoutResponseSchema)
    const { tenantId, secretHash } = token
    const revokedAt = ctx.clock.now().round('microsecond')
    await ctx.db.tx(tenantId, async (tx) => {
      const session = await lockSessionOfToken(tx, tenantId, secretHash)
      if (session === undefined) return
      await revokeSession(tx, tenantId, { sessionId: session.sessionId, revokedAt })
    })
    return create(LogoutResponseSchema)
  }
}
