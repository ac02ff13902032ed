import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ResendVerificationRequest,
  type ResendVerificationResponse,
  ResendVerificationResponseSchema,
} from '@purser/contracts/user/v1/credentials'
import type { UserContext } from '../../context.ts'
import { findSignInSettings } from '../../store/verified-email.ts'
import { countAttempts, failureSubject } from '../count-attempts.ts'
import { lockPerson } from '../lock-person.ts'
import { requirePerson } from '../require-person.ts'
import { addLinkMail } from './add-mail.ts'

/**
 * Sends another link to the caller's address; sends nothing when it is verified. Throws
 * `auth.permission_denied` for callers who are no person, `auth.too_many_attempts` when that address
 * was written to too often.
 */
export function resendVerification(ctx: UserContext) {
  return async (
    _: ResendVerificationRequest,
    call: HandlerContext,
  ): Promise<ResendVerificationResponse> => {
    const person = requirePerson(call)
    const now = ctx.clock.now().round('microsecond')
    await ctx.db.tx(person.tenant, async (tx) => {
      const { email } = await lockPerson(tx, person)
      if ((await findSignInSettings(tx, person)).emailVerified) return
      await countAttempts(tx, person.tenant, [failureSubject('mail', email)], now)
      await addLinkMail(ctx, tx, person, { purpose: 'verify_email', email, now })
    })
    return create(ResendVerificationResponseSchema)
  }
}
