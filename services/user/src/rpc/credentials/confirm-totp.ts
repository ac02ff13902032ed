import type { HandlerContext } from '@connectrpc/connect'
import type { ConfirmTotpRequest, RecoveryCodes } from '@purser/contracts/user/v1/credentials'
import type { UserContext } from '../../context.ts'
import { publishCredentialChange } from '../../credential-events.ts'
import { findTotp } from '../../store/totp.ts'
import { lockPerson } from '../lock-person.ts'
import { requirePerson } from '../require-person.ts'
import { alreadyEnabled } from './enroll-totp.ts'
import { giveRecoveryCodes } from './give-recovery-codes.ts'
import { acceptTotpCode, totpNotEnabled } from './second-factor.ts'

/**
 * Confirms an authenticator app by its first code: signing in with a password asks for one from then
 * on. Answers ten recovery codes, this once. Throws `auth.permission_denied` for callers who are no
 * person, `auth.totp_not_enabled` when none was begun, `auth.totp_already_enabled`,
 * `auth.wrong_code`. Guesses are not counted: whoever begins knows the secret.
 */
export function confirmTotp(ctx: UserContext) {
  return async ({ code }: ConfirmTotpRequest, call: HandlerContext): Promise<RecoveryCodes> => {
    const person = requirePerson(call)
    const now = ctx.clock.now().round('microsecond')
    return await ctx.db.tx(person.tenant, async (tx) => {
      await lockPerson(tx, person)
      const totp = await findTotp(tx, person)
      if (totp === undefined) throw totpNotEnabled()
      if (totp.confirmedAt !== undefined) throw alreadyEnabled()
      await acceptTotpCode(ctx, tx, person, { totp, code, now })
      const subject = 'user.totp_enabled'
      await publishCredentialChange(tx, person, { subject, occurredAt: now })
      return await giveRecoveryCodes(tx, person)
    })
  }
}
