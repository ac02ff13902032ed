import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type LogoutRequest,
  type LogoutResponse,
  LogoutResponseSchema,
} from '@purser/contracts/user/v1/user'
import { recordAct } from '@purser/idempotency'
import type { UserContext } from '../context.ts'
import { readOpaqueToken } from '../domain/opaque-token.ts'
import { lockSessionOfToken, revokeSession } from '../store/session.ts'

/** Ends the session of a refresh token, used or not. A token that is of none changes nothing. */
export function logout(ctx: UserContext) {
  return async ({ refreshToken }: LogoutRequest, call: HandlerContext): Promise<LogoutResponse> => {
    const token = readOpaqueToken('rt', refreshToken)
    if (token === undefined) return create(LogoutResponseSchema)
    const { tenantId, secretHash } = token
    const revokedAt = ctx.clock.now().round('microsecond')
    await ctx.db.tx(tenantId, async (tx) => {
      const session = await lockSessionOfToken(tx, tenantId, secretHash)
      if (session === undefined) return
      const { sessionId, userId } = session
      if (!(await revokeSession(tx, tenantId, { sessionId, revokedAt }))) return
      await recordAct(tx, call, {
        actor: { kind: 'user', id: userId },
        object: { user_id: userId, session_id: sessionId },
        occurredAt: revokedAt,
      })
    })
    return create(LogoutResponseSchema)
  }
}
