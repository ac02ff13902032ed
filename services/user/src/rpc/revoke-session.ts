import type { HandlerContext } from '@connectrpc/connect'
import type { RevokeSessionRequest, Session } from '@purser/contracts/user/v1/user'
import { PurserError } from '@purser/kernel'
import type { UserContext } from '../context.ts'
import { findSession, revokeSession as revoke } from '../store/session.ts'
import { sessionIdOf } from './caller-headers.ts'
import { toProtoSession } from './convert-session.ts'
import { requirePerson } from './require-person.ts'

/**
 * Ends one of the caller's sessions; one that ended before keeps its time. Throws
 * `auth.permission_denied` for callers who are no person, `resource.not_found`, also for a session
 * of somebody else.
 */
export function revokeSession(ctx: UserContext) {
  return async ({ sessionId }: RevokeSessionRequest, call: HandlerContext): Promise<Session> => {
    const { tenant, userId } = requirePerson(call)
    const now = ctx.clock.now().round('microsecond')
    const session = await ctx.db.tx(tenant, async (tx) => {
      const found = await findSession(tx, tenant, sessionId)
      if (found?.userId !== userId) return undefined
      await revoke(tx, tenant, { sessionId, revokedAt: now })
      return await findSession(tx, tenant, sessionId)
    })
    if (session !== undefined) {
      return toProtoSession(session, { currentSessionId: sessionIdOf(call), now })
    }
    throw new PurserError('resource.not_found', `There is no session "${sessionId}".`)
  }
}
