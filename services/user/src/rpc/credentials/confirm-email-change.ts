import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ConfirmEmailChangeRequest,
  type ConfirmEmailChangeResponse,
  ConfirmEmailChangeResponseSchema,
} from '@purser/contracts/user/v1/credentials'
import { PurserError } from '@purser/kernel'
import { isUniqueViolation, type Tx } from '@purser/postgres'
import type { UserContext } from '../../context.ts'
import { publishCredentialChange } from '../../credential-events.ts'
import type { Person } from '../../domain/person.ts'
import { removeMailTokens } from '../../store/mail-token.ts'
import { putVerifiedEmail, setEmail } from '../../store/verified-email.ts'
import { addNotice } from './add-mail.ts'
import { findToken, takeToken } from './presented-mail-token.ts'

/**
 * Gives a person the address that a link was sent to, verified, and tells the former address. Every
 * other open link of theirs stops working. Throws `auth.invalid_token`, `user.already_exists` when
 * somebody else took the address meanwhile.
 */
export function confirmEmailChange(ctx: UserContext) {
  return async (
    req: ConfirmEmailChangeRequest,
    call: HandlerContext,
  ): Promise<ConfirmEmailChangeResponse> => {
    const now = ctx.clock.now().round('microsecond')
    const found = await findToken(ctx.db, req.token, { purpose: 'change_email', now })
    const { tenantId, token } = found
    await ctx.db.tx(tenantId, async (tx) => {
      const { userId, email: former } = await takeToken(tx, found, { call, now })
      const person = { tenant: tenantId, userId }
      const { email } = token
      await takeAddress(tx, person, email)
      await putVerifiedEmail(tx, person, { email, verifiedAt: now })
      const purposes = ['verify_email', 'reset_password', 'change_email'] as const
      await removeMailTokens(tx, tenantId, { userId, purposes })
      const notice = 'email_changed_notice'
      const told = { notice, email: former, newEmail: email, occurredAt: now } as const
      await addNotice(ctx, tx, person, told)
      const subject = 'user.email_changed'
      await publishCredentialChange(tx, person, { subject, occurredAt: now })
    })
    return create(ConfirmEmailChangeResponseSchema)
  }
}

async function takeAddress(tx: Tx, person: Person, email: string): Promise<void> {
  try {
    await setEmail(tx, person, email)
  } catch (cause) {
    if (!isUniqueViolation(cause, 'tenant_user_email_once')) throw cause
    const message = 'Somebody else has this e-mail address already.'
    throw new PurserError('user.already_exists', message, { cause })
  }
}
