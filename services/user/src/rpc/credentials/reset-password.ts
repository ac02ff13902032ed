import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ResetPasswordRequest,
  type ResetPasswordResponse,
  ResetPasswordResponseSchema,
} from '@purser/contracts/user/v1/credentials'
import type { UserContext } from '../../context.ts'
import { publishCredentialChange } from '../../credential-events.ts'
import { hashPassword } from '../../credentials/password.ts'
import { removePasskeys } from '../../store/passkey.ts'
import { deleteFailures } from '../../store/sign-in-failure.ts'
import { putVerifiedEmail } from '../../store/verified-email.ts'
import { failureSubject } from '../count-attempts.ts'
import { isUnproved } from '../take-over-registration.ts'
import { findToken, invalidToken, takeToken } from './presented-mail-token.ts'
import { replacePassword } from './replace-password.ts'

const purpose = 'reset_password'

/**
 * Sets a password by the token of a mail, and ends every session. The address is verified by that,
 * and failed sign-ins are forgotten; an authenticator app is still asked for. A shopper's first proof
 * of the address removes the passkeys that were made without it. Nobody is signed in:
 * a link that was seen by somebody else opens nothing. Throws `auth.invalid_token`, also when the
 * person has another address by now.
 */
export function resetPassword(ctx: UserContext) {
  return async (
    req: ResetPasswordRequest,
    call: HandlerContext,
  ): Promise<ResetPasswordResponse> => {
    const now = ctx.clock.now().round('microsecond')
    // Looked up first, so that a text that resets nothing does not cost a hash.
    const found = await findToken(ctx.db, req.token, { purpose, now })
    const { tenantId, token } = found
    const passwordHash = await hashPassword(req.newPassword)
    await ctx.db.tx(tenantId, async (tx) => {
      const user = await takeToken(tx, found, { call, now })
      const { userId, email } = user
      if (email !== token.email) throw invalidToken()
      const person = { tenant: tenantId, userId }
      // Whoever registered with the address of somebody else may have left one, which no password ends.
      if (await isUnproved(tx, tenantId, user)) await removePasskeys(tx, person)
      await replacePassword(ctx, tx, { tenantId, user, passwordHash, keptSessionId: '', now })
      await putVerifiedEmail(tx, person, { email, verifiedAt: now })
      await deleteFailures(tx, tenantId, failureSubject('email', email))
      await deleteFailures(tx, tenantId, failureSubject('mail', email))
      const subject = 'user.password_reset'
      await publishCredentialChange(tx, person, { subject, occurredAt: now })
    })
    return create(ResetPasswordResponseSchema)
  }
}
