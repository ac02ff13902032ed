import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ChangePasswordRequest,
  type ChangePasswordResponse,
  ChangePasswordResponseSchema,
} from '@purser/contracts/user/v1/user'
import { recordAct } from '@purser/idempotency'
import type { UserContext } from '../context.ts'
import { hashPassword } from '../credentials/password.ts'
import { sessionIdOf } from './caller-headers.ts'
import { acceptOwnPassword, checkOwnPassword } from './credentials/own-password.ts'
import { replacePassword } from './credentials/replace-password.ts'

/**
 * Replaces the caller's password, ends every session but the caller's own, and tells the person by
 * mail. Throws what `checkOwnPassword` throws.
 */
export function changePassword(ctx: UserContext) {
  return async (
    req: ChangePasswordRequest,
    call: HandlerContext,
  ): Promise<ChangePasswordResponse> => {
    const own = await checkOwnPassword(ctx, call, req.currentPassword)
    const { tenantId, now } = own.attempt
    const passwordHash = await hashPassword(req.newPassword)
    const keptSessionId = sessionIdOf(call)
    const endedSessionCount = await ctx.db.tx(tenantId, async (tx) => {
      const user = await acceptOwnPassword(tx, own)
      await recordAct(tx, call, { object: { user_id: user.userId }, occurredAt: now })
      return await replacePassword(ctx, tx, { tenantId, user, passwordHash, keptSessionId, now })
    })
    return create(ChangePasswordResponseSchema, { endedSessionCount })
  }
}
