import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ChangePasswordRequest,
  type ChangePasswordResponse,
  ChangePasswordResponseSchema,
} from '@purser/contracts/user/v1/user'
import type { UserContext } from '../context.ts'
import { hashPassword } from '../credentials/password.ts'
import { publishUserPasswordChanged } from '../events.ts'
import { revokeOtherSessions } from '../store/session.ts'
import { findUser, setPassword } from '../store/tenant-user.ts'
import { clientAddressOf, sessionIdOf } from './caller-headers.ts'
import { acceptPassword, checkPassword, type PasswordAttempt } from './check-password.ts'
import { invalidCredentials } from './invalid-credentials.ts'
import { requirePerson } from './require-person.ts'

/**
 * Replaces the caller's password and ends every session but the caller's own. Throws
 * `auth.permission_denied` for callers who are no person, and what `checkPassword` throws.
 */
export function changePassword(ctx: UserContext) {
  return async (
    req: ChangePasswordRequest,
    call: HandlerContext,
  ): Promise<ChangePasswordResponse> => {
    const { tenant: tenantId, userId } = requirePerson(call)
    const now = ctx.clock.now().round('microsecond')
    const user = await ctx.db.tx(tenantId, (tx) => findUser(tx, tenantId, userId))
    if (user === undefined) throw invalidCredentials()
    const attempt: PasswordAttempt = {
      tenantId,
      email: user.email,
      password: req.currentPassword,
      address: clientAddressOf(call),
      now,
    }
    const checked = await checkPassword(ctx, attempt)
    const passwordHash = await hashPassword(req.newPassword)

    const others = { userId, keptSessionId: sessionIdOf(call), revokedAt: now }
    const endedSessionCount = await ctx.db.tx(tenantId, async (tx) => {
      await acceptPassword(tx, attempt, checked)
      await setPassword(tx, tenantId, { userId, passwordHash })
      await publishUserPasswordChanged(tx, tenantId, userId, now)
      return await revokeOtherSessions(tx, tenantId, others)
    })
    return create(ChangePasswordResponseSchema, { endedSessionCount })
  }
}
