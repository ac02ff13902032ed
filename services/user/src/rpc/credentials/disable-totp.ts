import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type DisableTotpRequest,
  type DisableTotpResponse,
  DisableTotpResponseSchema,
} from '@purser/contracts/user/v1/credentials'
import type { UserContext } from '../../context.ts'
import { publishCredentialChange } from '../../credential-events.ts'
import { replaceRecoveryCodes } from '../../store/recovery-code.ts'
import { removeChallenges } from '../../store/sign-in-challenge.ts'
import { removeTotp } from '../../store/totp.ts'
import { withOwnTwoFactors } from './own-two-factors.ts'

/**
 * Removes the authenticator app and the recovery codes: a password is enough again. Throws what
 * `withOwnTwoFactors` throws.
 */
export function disableTotp(ctx: UserContext) {
  return async (
    { currentPassword, proof }: DisableTotpRequest,
    call: HandlerContext,
  ): Promise<DisableTotpResponse> => {
    await withOwnTwoFactors(ctx, call, {
      currentPassword,
      proof,
      work: async (tx, person, now) => {
        await removeTotp(tx, person)
        await replaceRecoveryCodes(tx, person, [])
        await removeChallenges(tx, person.tenant, person.userId)
        const subject = 'user.totp_disabled'
        await publishCredentialChange(tx, person, { subject, occurredAt: now })
      },
    })
    return create(DisableTotpResponseSchema)
  }
}
