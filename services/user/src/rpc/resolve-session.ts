import { create } from '@bufbuild/protobuf'
import {
  type ResolveSessionRequest,
  type ResolveSessionResponse,
  ResolveSessionResponseSchema,
} from '@purser/contracts/user/v1/user'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../context.ts'
import { sessionEnd } from '../domain/session.ts'
import { permissionsOfRole } from '../store/role.ts'
import { findSession } from '../store/session.ts'
import { findUser } from '../store/tenant-user.ts'
import { invalidCredentials } from './invalid-credentials.ts'

/**
 * Answers whose session it is and what its role gives now. Throws `auth.invalid_credentials` for a
 * session that is unknown or ended, and for a person who is not active.
 */
export function resolveSession(ctx: UserContext) {
  return async ({ tenant, sessionId }: ResolveSessionRequest): Promise<ResolveSessionResponse> => {
    const now = ctx.clock.now()
    const resolve = async (tx: Tx) => {
      const session = await findSession(tx, tenant, sessionId)
      if (session === undefined || sessionEnd(session, now) !== undefined) return undefined
      const user = await findUser(tx, tenant, session.userId)
      if (user?.status !== 'active') return undefined
      const permissions = await permissionsOfRole(tx, tenant, user.roleKey)
      return { userId: user.userId, permissions: [...permissions] }
    }
    const resolved = await ctx.db.tx(tenant, resolve, { readOnly: true })
    if (resolved === undefined) throw invalidCredentials()
    return create(ResolveSessionResponseSchema, resolved)
  }
}
