import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type VerifyEmailRequest,
  type VerifyEmailResponse,
  VerifyEmailResponseSchema,
} from '@purser/contracts/user/v1/credentials'
import type { UserContext } from '../../context.ts'
import { publishCredentialChange } from '../../credential-events.ts'
import { removeMailTokens } from '../../store/mail-token.ts'
import { putVerifiedEmail } from '../../store/verified-email.ts'
import { findToken, invalidToken, takeToken } from './presented-mail-token.ts'

const purpose = 'verify_email'

/**
 * Notes that an address is its person's, by the token of a mail that was sent there. Throws
 * `auth.invalid_token`, also when the person has another address by now.
 */
export function verifyEmail(ctx: UserContext) {
  return async (req: VerifyEmailRequest, call: HandlerContext): Promise<VerifyEmailResponse> => {
    const now = ctx.clock.now().round('microsecond')
    const found = await findToken(ctx.db, req.token, { purpose, now })
    const { tenantId, token } = found
    await ctx.db.tx(tenantId, async (tx) => {
      const { userId, email } = await takeToken(tx, found, { call, now })
      if (email !== token.email) throw invalidToken()
      const person = { tenant: tenantId, userId }
      await putVerifiedEmail(tx, person, { email, verifiedAt: now })
      await removeMailTokens(tx, tenantId, { userId, purposes: [purpose] })
      const subject = 'user.email_verified'
      await publishCredentialChange(tx, person, { subject, occurredAt: now })
    })
    return create(VerifyEmailResponseSchema)
  }
}
