import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ChangeEmailRequest,
  type ChangeEmailResponse,
  ChangeEmailResponseSchema,
} from '@purser/contracts/user/v1/credentials'
import { recordAct } from '@purser/idempotency'
import { PurserError } from '@purser/kernel'
import type { UserContext } from '../../context.ts'
import { normalizeEmail } from '../../domain/user.ts'
import { countAttempts, failureSubject } from '../count-attempts.ts'
import { addLinkMail } from './add-mail.ts'
import { acceptOwnPassword, checkOwnPassword } from './own-password.ts'

/**
 * Sends a link to the address that the caller wants to have; until it is followed nothing changes.
 * Who has that address already is not told: no mail goes out then. Throws what `checkOwnPassword`
 * throws, `request.invalid` for the address that the caller has, `auth.too_many_attempts` when the
 * new address was written to too often.
 */
export function changeEmail(ctx: UserContext) {
  return async (req: ChangeEmailRequest, call: HandlerContext): Promise<ChangeEmailResponse> => {
    const own = await checkOwnPassword(ctx, call, req.currentPassword)
    const { tenantId, now } = own.attempt
    const email = normalizeEmail(req.newEmail)
    await ctx.db.tx(tenantId, async (tx) => {
      const user = await acceptOwnPassword(tx, own)
      if (user.email === email) throw sameAddress()
      await countAttempts(tx, tenantId, [failureSubject('mail', email)], now)
      const person = { tenant: tenantId, userId: user.userId }
      await recordAct(tx, call, { object: { user_id: user.userId }, occurredAt: now })
      await addLinkMail(ctx, tx, person, { purpose: 'change_email', email, now })
    })
    return create(ChangeEmailResponseSchema)
  }
}

function sameAddress(): PurserError {
  const fields = [{ field: 'new_email', message: 'is the address that you have' }]
  return new PurserError('request.invalid', 'You have this address already.', { fields })
}
